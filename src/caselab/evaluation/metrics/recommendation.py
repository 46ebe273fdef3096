"""Metrics of predicted ratings."""

from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, mean


def rmse(
    y: pd.Series,
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the root of the mean squared error, in units of the rating."""
    squared = mean(error(y, answers) ** 2, weights)
    return np.sqrt(squared) if isinstance(squared, np.ndarray) else float(np.sqrt(squared))


def mae(
    y: pd.Series,
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the mean absolute error, in units of the rating."""
    return mean(np.abs(error(y, answers)), weights)


def error(y: pd.Series, answers: pd.DataFrame) -> np.ndarray:
    """Return predicted minus true ratings, `(n_samples,)`."""
    return answers["rating"].to_numpy() - np.asarray(y, dtype=np.float64)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("rmse", "RMSE", False, rmse, (0.0, np.inf)),
        Metric("mae", "MAE", False, mae, (0.0, np.inf)),
    )
}
