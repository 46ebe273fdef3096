"""How good a champion's answers still are: measured where labels have come, estimated before.

The estimate is that of confidence-based performance estimation (NannyML's CBPE): calibrated
probabilities say how often each answer will turn out right, and the metric is that of all rows with
every class they could turn out to be, weighted so. It holds as long as the probabilities do: where the
same customers have begun to behave otherwise, only labels tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from caselab import cases, numbers, problems
from caselab.evaluation.intervals import CONFIDENCE, intervals, percentile, resamples
from caselab.evaluation.metrics import Metric
from caselab.watching import calibration
from caselab.watching.changes import Change

N_RESAMPLES = 300


@dataclass(frozen=True)
class Quality:
    """The case's metric of watched rows."""

    metric: str
    title: str
    rows: int
    value: float
    low: float
    high: float
    then: Mapping[str, float | None]
    """The champion's on the test rows: `value`, `low`, `high`."""
    loss: float
    """By how much it is worse than then; negative where it is better."""
    error: float
    """The standard error of the loss."""

    @property
    def shown(self) -> str:
        """The value with its interval."""
        return numbers.score({"value": self.value, "low": self.low, "high": self.high})

    def change(self) -> Change:
        """Return the loss as a comparison, of which any that is no chance matters."""
        p = float(stats.norm.sf(self.loss / self.error)) if self.error > 0 else 1.0
        return Change(
            name=f"{self.title} on {numbers.counted(self.rows, 'labelled row')}",
            part="quality",
            p=p if p == p else 1.0,
            effect=max(0.0, self.loss),
            before=numbers.score(self.then),
            now=self.shown,
            always=True,
        )

    def below(self, least: float | None, metric: Metric) -> bool:
        """Tell whether it is worse than the bound that params.yaml states."""
        return least is not None and metric.gain(of=self.value, over=least) < 0


def metric_of(case: str) -> Metric:
    """Return the metric of a case."""
    found = cases.load(case)
    return problems.load(found.problem).metrics[found.metric]


def measured(
    case: str,
    y: pd.Series,
    answers: pd.DataFrame,
    decision: Mapping[str, Any],
    then: Mapping[str, float | None],
    *,
    units: np.ndarray | None = None,
    seed: int,
    confidence: float = CONFIDENCE,
) -> Quality | None:
    """Return the metric of rows whose labels are known; None where it is not defined of them.

    `units` `(n_rows,)` number from 0 whose rows they are, as rows of one customer tell less than those of
    as many; by default each is another's. `confidence` is that of the interval of `then`, and of the one
    that stands beside it.
    """
    found, metric = cases.load(case), metric_of(case)
    problem = problems.load(found.problem)
    seen = answers if problem.scored is None else problem.scored(answers)
    value = float(metric.function(y, seen, dict(decision), found))
    low, high = intervals(
        {metric.name: metric},
        y,
        seen,
        dict(decision),
        found,
        units=np.arange(len(y)) if units is None else units,
        seed=seed,
        confidence=confidence,
    )[metric.name]
    return (
        None if math.isnan(value) else _quality(metric, len(y), value, low, high, then, confidence)
    )


def estimated(
    case: str,
    answers: pd.DataFrame,
    lines: Mapping[str, Any],
    decision: Mapping[str, Any],
    then: Mapping[str, float | None],
    *,
    seed: int,
    confidence: float = CONFIDENCE,
) -> Quality | None:
    """Return the metric that calibrated probabilities let expect; None where there are none."""
    if not lines or set(lines) - set(answers.columns) or not len(answers):
        return None
    found, metric = cases.load(case), metric_of(case)
    classes, rows = list(lines), len(answers)
    chances = calibration.calibrated(lines, answers[classes])
    # Each row as often as there are classes, with each of them as what came true.
    y = pd.Series(np.repeat(classes, rows), dtype=object)
    repeated = pd.concat([answers[classes]] * len(classes), ignore_index=True)
    chance = chances.T.ravel()
    arguments = (y, repeated, dict(decision), found)
    value = float(metric.function(*arguments, chance[np.newaxis])[0])
    drawn = [
        metric.function(*arguments, np.tile(weights, len(classes)) * chance)
        for weights in resamples(np.arange(rows), seed=seed, n_resamples=N_RESAMPLES)
    ]
    low, high = percentile(np.concatenate(drawn), confidence)
    return None if math.isnan(value) else _quality(metric, rows, value, low, high, then, confidence)


def _quality(
    metric: Metric,
    rows: int,
    value: float,
    low: float,
    high: float,
    then: Mapping[str, float | None],
    confidence: float,
) -> Quality:
    was = then.get("value")
    loss = math.nan if was is None else -float(metric.gain(of=value, over=was))
    error = math.hypot(
        _error(low, high, confidence), _error(then.get("low"), then.get("high"), confidence)
    )
    return Quality(metric.name, metric.title, rows, value, low, high, dict(then), loss, error)


def _error(low: float | None, high: float | None, confidence: float) -> float:
    """Return the standard error that an interval of so much confidence stands for."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return math.nan
    return (high - low) / (2 * float(stats.norm.ppf((1 + confidence) / 2)))
