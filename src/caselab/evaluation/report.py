"""Report: all that is known of a pipeline once it has answered the test rows, for its plots."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation import explanation
from caselab.evaluation.explanation import Contributions, Importance
from caselab.evaluation.metrics import Case, Metric
from caselab.numbers import number
from caselab.storage.rows import Inputs


@dataclass(frozen=True)
class Report:
    """One pipeline on its case's test rows; position i of ids, y, answers and units is one row."""

    pipeline: str
    case: Case
    metrics: Mapping[str, Metric]
    ids: pd.Series
    y: pd.Series | None
    answers: pd.DataFrame
    decided: pd.Series
    decision: Mapping[str, Any]
    settings: Mapping[str, Any]  # the case's `evaluation` block
    scores: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    units: np.ndarray  # (n_samples,), what resamples draw
    seed: int
    learning_curve: pd.DataFrame | None = None  # rows, train, validation
    history: pd.DataFrame | None = None  # fold, epoch, metrics
    estimator: Any = None  # the fitted pipeline
    answer: Callable[[Any, Any], pd.DataFrame] | None = None  # the problem's: estimator, X
    explained: tuple[str, ...] = ()  # the columns of answers that contributions are to; else all
    X: Inputs | None = None  # (n_samples, ...), as the view shows the test rows
    background: Inputs | None = None  # the training rows, likewise
    background_y: pd.Series | None = None  # the targets of the training rows
    time: pd.Series | None = None  # (n_samples,), when each test row became known
    background_time: pd.Series | None = None  # of the training rows
    background_units: np.ndarray | None = None  # what resamples would draw of the training rows
    measured_in: Mapping[str, str] = field(default_factory=dict)  # units of columns: $, days
    unit: str = ""  # of the target

    @cached_property
    def importance(self) -> Importance | None:
        """By how much each column of a table matters to the primary metric, where there is a target."""
        if not isinstance(self.X, pd.DataFrame) or self.y is None or self.answer is None:
            return None
        return explanation.importance(
            self.estimator,
            self.X,
            self.y,
            answer=self.answer,
            metric=self.metric,
            decision=dict(self.decision),
            case=self.case,
            seed=self.seed,
        )

    @cached_property
    def contributions(self) -> Contributions | None:
        """What each column of a table adds to single answers, where there is a target."""
        if not (isinstance(self.X, pd.DataFrame) and isinstance(self.background, pd.DataFrame)):
            return None
        if self.y is None or self.answer is None:
            return None
        answer, outputs = self.answer, list(self.explained)

        def explained(estimator: Any, X: Any) -> pd.DataFrame:
            return answer(estimator, X)[outputs]

        return explanation.contributions(
            self.estimator,
            self.X,
            self.background,
            answer=explained if outputs else answer,
            seed=self.seed,
        )

    @property
    def metric(self) -> Metric:
        """The case's primary metric."""
        return self.metrics[self.case.metric]

    @property
    def truth(self) -> pd.Series:
        """The target, for plots of problems that have one."""
        assert self.y is not None
        return self.y

    def named(self, column: object) -> str:
        """Return a column's name with its unit, as it is written beside an axis."""
        unit = self.measured_in.get(str(column))
        return f"{column}, {unit}" if unit else str(column)

    @property
    def subject(self) -> str:
        """What was asked of how many, for a subtitle; the title names the pipeline."""
        return f"{self.case.title} · {len(self.answers):,} test rows"

    def score(self, name: str) -> str:
        """Return a metric with its interval, as it is written on a plot."""
        low, high = self.intervals[name]
        if np.isnan(self.scores[name]):
            return f"{self.metrics[name].title} not defined"
        title = self.metrics[name].title
        interval = f"95 % interval {number(low)} to {number(high)}"
        return f"{title} {number(self.scores[name])} ({interval})"
