"""Where everything lies, relative to the current folder, which is the project's root."""

from pathlib import Path


def raw(source: str) -> Path:
    """Return the folder of a source's records as they came."""
    return Path("data/raw", source)


def prepared(case: str) -> Path:
    """Return the folder that holds `train` and `test` of a case, checked and cleaned."""
    return Path("data/prepared", case)


def features(view: str) -> Path:
    """Return the folder that holds `train` and `test` as a view shows them."""
    return Path("data/features", view)


def model(case: str, pipeline: str) -> Path:
    """Return the folder of a pipeline's fitted model and its out-of-fold answers."""
    return Path("models", case, pipeline)


def report(case: str, pipeline: str) -> Path:
    """Return the folder of a pipeline's metrics, plots and predictions on test."""
    return Path("reports", case, pipeline)


def leaderboard(case: str) -> Path:
    """Return the folder of a case's leaderboard."""
    return Path("leaderboards", case)


def state() -> Path:
    """Return the folder of what is neither code nor result: logs, checkpoints, caches."""
    return Path(".caselab")


def checkpoints(key: str) -> Path:
    """Return the folder a killed training goes on from; `key` is the stage's."""
    return state() / "checkpoints" / key
