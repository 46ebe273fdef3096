"""Metrics of answers, each written once for weighted rows; one file per kind of problem.

A bootstrap resample is a vector of row weights, so the same code that scores the test rows scores
1,000 resamples of them in one matrix product. A metric is called as
`metric.function(y, answers, decision, case, weights=None)`: the raw target, the problem's answers
row by row, the decision of that problem (a threshold, or nothing), the case, and row weights
`(n_samples,)` or `(n_resamples, n_samples)`; of these it takes what it names. It returns a float, or
one per resample, and nan where it is not defined, such as a ROC-AUC of rows of one class.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from caselab.arguments import by_name

Unit = Literal["row", "group", "time"]
"""What a resample draws."""


class Case(Protocol):
    """What metrics and plots need to know of a case."""

    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def metric(self) -> str: ...  # noqa: D102
    @property
    def positive(self) -> object | None: ...  # noqa: D102


@dataclass(frozen=True)
class Metric:
    """A number that says how good answers are, and which way is better."""

    name: str
    title: str
    greater_is_better: bool
    function: Callable[..., Any]
    bounds: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        function = by_name(self.function, "y", "answers", "decision", "case", "weights")
        object.__setattr__(self, "function", function)

    def gain(self, of: Any, over: Any) -> Any:
        """Return by how much `of` is better than `over`, in the metric's unit; negative if worse."""
        return of - over if self.greater_is_better else over - of

    def gains(self, of: Sequence[float | None], over: Sequence[float | None]) -> list[float]:
        """Return the gain of each fold, nan where one is not defined; none if they are not as many."""
        if len(of) != len(over):
            return []
        pairs = zip(of, over, strict=True)
        return [math.nan if a is None or b is None else self.gain(a, b) for a, b in pairs]


def mean(values: np.ndarray, weights: np.ndarray | None) -> Any:
    """Return the mean of values `(n_samples,)`, one for each resample where weights are of several."""
    if weights is None:
        return float(np.mean(values))
    averages = (weights @ values.astype(float)) / weights.sum(axis=-1)
    return averages if weights.ndim == 2 else float(averages)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide; nothing of nothing is not defined."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
