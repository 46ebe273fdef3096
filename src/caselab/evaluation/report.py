"""All that is known of a pipeline once it has answered the test rows: what plots draw from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.explanation import Contributions, Importance
from caselab.evaluation.metrics import Case, Metric


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
    importance: Importance | None = None
    contributions: Contributions | None = None

    @property
    def metric(self) -> Metric:
        """The case's primary metric."""
        return self.metrics[self.case.metric]

    @property
    def truth(self) -> pd.Series:
        """The target, for plots of problems that have one."""
        assert self.y is not None
        return self.y

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
        return f"{title} {self.scores[name]:.3f} (95 % interval {low:.3f} to {high:.3f})"
