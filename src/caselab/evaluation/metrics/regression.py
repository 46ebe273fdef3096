"""Metrics of answers that are a number: `value`, in the target's own unit.

A resample weights a row as often as it was drawn, so medians, ranks and tenths are those of the rows
repeated.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, ratio
from caselab.evaluation.metrics.classification import ties

Kernel = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From truth and answer `(n_samples,)` and weights `(n_resamples, n_samples)` to `(n_resamples,)`."""

LIFTED = 0.1  # the share of rows, those with the highest answers, that lift looks at


def root_mean_squared_error(
    truth: np.ndarray, answer: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the root of the mean squared error, in the target's unit."""
    return np.sqrt(_means((truth - answer) ** 2, weights))


def mean_absolute_error(truth: np.ndarray, answer: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean size of the error, in the target's unit."""
    return _means(np.abs(truth - answer), weights)


def median_absolute_error(truth: np.ndarray, answer: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the median size of the error, in the target's unit."""
    return _medians(np.abs(truth - answer), weights)


def r_squared(truth: np.ndarray, answer: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of the target's variance that is explained; nan where it has none."""
    errors = _means((truth - answer) ** 2, weights)
    centred = truth - truth.mean()
    variance = _means(centred**2, weights) - _means(centred, weights) ** 2
    return 1 - ratio(errors, np.where(variance > 1e-12 * np.square(truth).max(), variance, 0))


def mean_absolute_percentage_error(
    truth: np.ndarray, answer: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the mean size of the error in shares of the target; nan where a target is 0."""
    if not truth.all():
        return np.full(len(weights), np.nan)
    return _means(np.abs((truth - answer) / truth), weights)


def root_mean_squared_log_error(
    truth: np.ndarray, answer: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the root of the mean squared error of the logarithms of one plus the values.

    An answer below 0 counts as 0; nan where a target is below 0.
    """
    if (truth < 0).any():
        return np.full(len(weights), np.nan)
    errors = np.log1p(truth) - np.log1p(np.maximum(answer, 0))
    return np.sqrt(_means(errors**2, weights))


def spearman(truth: np.ndarray, answer: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the correlation of the ranks; ties share theirs; nan where all are tied."""
    x, y = _ranks(truth, weights), _ranks(answer, weights)  # (n_resamples, n_samples)
    total = weights.sum(axis=1, keepdims=True)
    x -= (weights * x).sum(axis=1, keepdims=True) / total
    y -= (weights * y).sum(axis=1, keepdims=True) / total
    spread = np.sqrt((weights * x**2).sum(axis=1) * (weights * y**2).sum(axis=1))
    return ratio((weights * x * y).sum(axis=1), np.where(spread > 1e-9, spread, 0))


def top_decile_lift(truth: np.ndarray, answer: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean target of the tenth with the highest answers, in means of all; 1 is chance.

    Rows with equal answers at the edge of the tenth count in part; nan where the mean is not above 0.
    """
    order, starts = ties(-answer)
    weights, truth = weights[:, order], truth[order]
    of_tie = np.add.reduceat(weights, starts, axis=1)  # (n_resamples, n_answers)
    sums = np.add.reduceat(weights * truth, starts, axis=1)
    tenth = LIFTED * weights.sum(axis=1, keepdims=True)
    before = np.cumsum(of_tie, axis=1) - of_tie
    taken = ratio(np.clip(tenth - before, 0, of_tie), of_tie)  # the share of each tie
    top = np.nansum(taken * sums, axis=1) / tenth[:, 0]
    return ratio(top, sums.sum(axis=1) / weights.sum(axis=1))


def values(answers: pd.DataFrame) -> np.ndarray:
    """Return the numbers that were answered, `(n_samples,)`."""
    return answers["value"].to_numpy(dtype=np.float64)


def _metric(kernel: Kernel) -> Callable[..., Any]:
    def metric(
        y: pd.Series,
        answers: pd.DataFrame,
        weights: np.ndarray | None = None,
    ) -> Any:
        truth = y.to_numpy(dtype=np.float64)
        rows = np.ones((1, len(truth))) if weights is None else np.atleast_2d(weights).astype(float)
        scores = kernel(truth, values(answers), rows)
        return scores if weights is not None and weights.ndim == 2 else float(scores[0])

    return metric


_ANY, _FROM_0 = (-np.inf, np.inf), (0.0, np.inf)
METRICS = {
    metric.name: metric
    for metric in (
        Metric("rmse", "RMSE", False, _metric(root_mean_squared_error), _FROM_0),
        Metric("mae", "MAE", False, _metric(mean_absolute_error), _FROM_0),
        Metric("median_error", "Median error", False, _metric(median_absolute_error), _FROM_0),
        Metric("mape", "MAPE", False, _metric(mean_absolute_percentage_error), _FROM_0),
        Metric("rmsle", "RMSLE", False, _metric(root_mean_squared_log_error), _FROM_0),
        Metric("r2", "R²", True, _metric(r_squared), (-np.inf, 1.0)),
        Metric("spearman", "Spearman", True, _metric(spearman), (-1.0, 1.0)),
        Metric("lift", "Top-decile lift", True, _metric(top_decile_lift), _ANY),
    )
}


def _means(errors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    averages: np.ndarray = weights @ errors / weights.sum(axis=1)
    return averages


def _medians(errors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean of the two middle values, which are one where an odd number was drawn."""
    order = np.argsort(errors, kind="stable")
    errors, reached = errors[order], np.cumsum(weights[:, order], axis=1)
    half = reached[:, -1:] / 2
    lower, upper = (reached < half).sum(axis=1), (reached <= half).sum(axis=1)
    return (errors[lower] + errors[upper]) / 2


def _ranks(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the rank of each row among the rows drawn, `(n_resamples, n_samples)`."""
    order, starts = ties(scores)
    of_tie = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(of_tie, axis=1) - of_tie / 2
    place = np.empty(len(scores), dtype=int)
    place[order] = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(scores)]))
    ranks: np.ndarray = middle[:, place]
    return ranks
