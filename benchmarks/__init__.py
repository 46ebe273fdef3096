"""Measured against peers: each file is a program, run by `python -m benchmarks.<name>`."""
