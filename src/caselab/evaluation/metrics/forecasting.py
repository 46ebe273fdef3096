"""Metrics of forecasts: `value` holds each row's horizon, as the target does; `scale` is the row's.

Errors are counted in scales (data/series.py) where series of several sizes are scored together, and
else in the target's unit. Bounds are those that the `decision` holds errors for; without one, as
before any was chosen, what speaks of them is not defined.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, mean
from caselab.forecasting.intervals import bounds, horizons

ERRORS = "errors"
"""Where a decision holds them."""

Weights = np.ndarray | None


def mean_absolute_scaled_error(y: pd.Series, answers: pd.DataFrame, weights: Weights = None) -> Any:
    """Return the mean size of the error in scales: 1 is as wrong as repeating the last season was.

    Source: Hyndman and Koehler (2006), Another look at measures of forecast accuracy; the scale is
    of all that came before the row's origin.
    """
    return mean(_sizes(y, answers).mean(1) / answers["scale"].to_numpy(), weights)


def root_mean_squared_error(y: pd.Series, answers: pd.DataFrame, weights: Weights = None) -> Any:
    """Return the root of the mean squared error, in the target's unit."""
    found: Any = np.sqrt(mean(np.square(_sizes(y, answers)).mean(1), weights))
    return found if np.ndim(found) else float(found)


def mean_absolute_error(y: pd.Series, answers: pd.DataFrame, weights: Weights = None) -> Any:
    """Return the mean size of the error, in the target's unit."""
    return mean(_sizes(y, answers).mean(1), weights)


def coverage(level: int) -> Callable[..., Any]:
    """Return the metric of the share of truths that lie within the bounds of a level."""

    def metric(
        y: pd.Series, answers: pd.DataFrame, decision: dict[str, Any], weights: Weights = None
    ) -> Any:
        def of_rows(lower: np.ndarray, upper: np.ndarray, truth: np.ndarray) -> np.ndarray:
            return ((lower <= truth) & (truth <= upper)).mean(1)

        return _of_bounds(of_rows, level, y, answers, decision, weights)

    return metric


def width(level: int) -> Callable[..., Any]:
    """Return the metric of how far apart the bounds of a level lie, in the target's unit."""

    def metric(
        y: pd.Series, answers: pd.DataFrame, decision: dict[str, Any], weights: Weights = None
    ) -> Any:
        def of_rows(lower: np.ndarray, upper: np.ndarray, _: np.ndarray) -> np.ndarray:
            return (upper - lower).mean(1)

        return _of_bounds(of_rows, level, y, answers, decision, weights)

    return metric


def interval_score(level: int) -> Callable[..., Any]:
    """Return the metric of bounds' width and of what they miss, in scales.

    Source: Gneiting and Raftery (2007), Strictly proper scoring rules, 6.2; scaled as in Makridakis,
    Spiliotis and Assimakopoulos (2020), The M4 competition.
    """

    def metric(
        y: pd.Series, answers: pd.DataFrame, decision: dict[str, Any], weights: Weights = None
    ) -> Any:
        scale = answers["scale"].to_numpy()
        charge = 2 / (1 - level / 100)

        def of_rows(lower: np.ndarray, upper: np.ndarray, truth: np.ndarray) -> np.ndarray:
            missed = np.maximum(lower - truth, 0) + np.maximum(truth - upper, 0)
            return (upper - lower + charge * missed).mean(1) / scale

        return _of_bounds(of_rows, level, y, answers, decision, weights)

    return metric


def _sizes(y: pd.Series, answers: pd.DataFrame) -> np.ndarray:
    return np.abs(horizons(y) - horizons(answers["value"]))


def _of_bounds(
    of_rows: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    level: int,
    y: pd.Series,
    answers: pd.DataFrame,
    decision: dict[str, Any],
    weights: Weights,
) -> Any:
    """Return the mean of what rows' bounds and truths give; nan where there are no bounds."""
    if ERRORS not in decision:
        of_each = np.full(len(answers), np.nan)
    else:
        values, scale = horizons(answers["value"]), answers["scale"].to_numpy()
        lower, upper = bounds(values, scale, decision[ERRORS], level)
        of_each = of_rows(lower, upper, horizons(y))
    return mean(of_each, weights)


_FROM_0 = (0.0, np.inf)
METRICS = {
    metric.name: metric
    for metric in (
        Metric("mase", "MASE", False, mean_absolute_scaled_error, _FROM_0),
        Metric("rmse", "RMSE", False, root_mean_squared_error, _FROM_0),
        Metric("mae", "MAE", False, mean_absolute_error, _FROM_0),
        Metric("coverage_80", "Coverage of 80 % bounds", True, coverage(80)),
        Metric("coverage_95", "Coverage of 95 % bounds", True, coverage(95)),
        Metric("width_80", "Width of 80 % bounds", False, width(80), _FROM_0),
        Metric("width_95", "Width of 95 % bounds", False, width(95), _FROM_0),
        Metric("msis", "Scaled interval score, 95 %", False, interval_score(95), _FROM_0),
    )
}
