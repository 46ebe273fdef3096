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

    def gain(weights: np.ndarray | None = None) -> Any:
        return metric.gain(
            of=metric.function(y, answers_a, decision_a, case, weights),
            over=metric.function(y, answers_b, decision_b, case, weights),
        )

    drawn = [gain(weights) for weights in resamples(units, seed=seed, n_resamples=n_resamples)]
    low, high = percentile(np.concatenate(drawn), confidence)
    return Gain(float(gain()), low, high)


def over_folds(
    scores: Sequence[float],
    metric: Metric,
    confidence: float = CONFIDENCE,
) -> tuple[float, float, float]:
    """Return the mean of fold scores and an interval of it, `(value, low, high)`.

    Folds share most of their training rows, so their spread divided by the root of their number
    is too small; this is Student's t with the variance corrected by Nadeau and Bengio (2003) for
    k folds: (1/k + 1/(k-1)) times the folds' variance. One fold has no interval (nan).
    """
    defined = [score for score in scores if not math.isnan(score)]
    if not defined:
        return math.nan, math.nan, math.nan
    mean, k = float(np.mean(defined)), len(defined)
    if k < 2:
        return mean, math.nan, math.nan
    error = float(np.std(defined, ddof=1)) * math.sqrt(1 / k + 1 / (k - 1))
    half = float(stats.t.ppf((1 + confidence) / 2, k - 1)) * error
    least, most = metric.bounds
    return mean, max(least, mean - half), min(most, mean + half)


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
