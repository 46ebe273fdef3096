"""Runs, registry and promotion; the only room that imports mlflow."""
