"""Paired comparison: two pipelines are scored on the same resamples of the same rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from caselab.evaluation.intervals import CONFIDENCE, N_RESAMPLES, or_none, percentile, resamples
from caselab.evaluation.metrics import Case, Metric


@dataclass(frozen=True)
class Gain:
    """By how much a is better than b, in the metric's unit; above zero a is better, also for losses.

    `low` and `high` are nan where the metric is not defined.
    """

    value: float
    low: float
    high: float


def paired(
    y: pd.Series | None,
    answers_a: pd.DataFrame,
    answers_b: pd.DataFrame,
    metric: Metric,
    case: Case,
    *,
    decision_a: dict[str, Any],
    decision_b: dict[str, Any],
    units: np.ndarray,
    seed: int,
    confidence: float = CONFIDENCE,
    n_resamples: int = N_RESAMPLES,
) -> Gain:
    """Return the gain of a over b with its paired bootstrap percentile interval.

    Rows that are hard for both move both scores alike, so the interval of the difference is much
    narrower than the two scores' own intervals suggest. `units` as in `intervals.units`.
    """
    value, drawn = resampled(
        y,
        answers_a,
        answers_b,
        metric,
        case,
        decision_a=decision_a,
        decision_b=decision_b,
        units=units,
        seed=seed,
        n_resamples=n_resamples,
    )
    return Gain(value, *percentile(drawn, confidence))


def resampled(
    y: pd.Series | None,
    answers_a: pd.DataFrame,
    answers_b: pd.DataFrame,
    metric: Metric,
    case: Case,
    *,
    decision_a: dict[str, Any],
    decision_b: dict[str, Any],
    units: np.ndarray,
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> tuple[float, np.ndarray]:
    """Return the gain of a over b, and that of each resample `(n_resamples,)`, as `paired` has it."""

    def gain(weights: np.ndarray | None = None) -> Any:
        return metric.gain(
            of=metric.function(y, answers_a, decision_a, case, weights),
            over=metric.function(y, answers_b, decision_b, case, weights),
        )

    drawn = [gain(weights) for weights in resamples(units, seed=seed, n_resamples=n_resamples)]
    return float(gain()), np.concatenate(drawn)


def over_folds(
    scores: Sequence[float],
    metric: Metric,
    confidence: float = CONFIDENCE,
) -> tuple[float, float, float]:
    """Return the mean of fold scores and an interval of it, `(value, low, high)`.

    This is Student's t with the standard error of `mean_and_error`. One fold has no interval (nan).
    """
    mean, error, k = mean_and_error(scores)
    if k < 2:
        return mean, math.nan, math.nan
    half = float(stats.t.ppf((1 + confidence) / 2, k - 1)) * error
    least, most = metric.bounds
    return mean, max(least, mean - half), min(most, mean + half)


def mean_and_error(scores: Sequence[float]) -> tuple[float, float, int]:
    """Return the mean of fold scores, its standard error, and how many folds have a score.

    Folds share most of their training rows, so their spread divided by the root of their number
    is too small; Nadeau and Bengio (2003) correct the variance for k folds: (1/k + 1/(k-1)) times
    that of the folds. One fold has no error (nan).
    """
    defined = [score for score in scores if not math.isnan(score)]
    k = len(defined)
    if k < 2:
        return (float(defined[0]) if defined else math.nan), math.nan, k
    error = float(np.std(defined, ddof=1)) * math.sqrt(1 / k + 1 / (k - 1))
    return float(np.mean(defined)), error, k


def by_part(scores: Mapping[str, Any], metric: Metric) -> dict[str, dict[str, float | None]]:
    """Return a report's validation and test score (`value`, `low`, `high`) of one metric.

    `scores` are its metrics.json; what is not defined is None.
    """
    folds = [math.nan if score is None else score for score in scores["folds"][metric.name]]
    over = map(or_none, over_folds(folds, metric))
    low, high = scores["interval"][metric.name]
    return {
        "validation": dict(zip(("value", "low", "high"), over, strict=True)),
        "test": {"value": scores["test"][metric.name], "low": low, "high": high},
    }
