"""Runs in MLflow: the store, what a run is told, and what waits until the store can be reached."""
