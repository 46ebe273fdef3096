"""Intervals of a gain that may be looked at as often as anybody likes, also to stop by.

An ordinary interval misses the truth in 5 % of looks: who looks every hour, and stops when it lies
above zero, is wrong far more often. A confidence sequence misses it at any look at all with at most
that chance. This one is asymptotic (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, 2024,
"Time-uniform central limit theory and asymptotic confidence sequences", theorem 2.2): the estimate,
plus and minus its standard error times `widening`, which is Robbins' normal mixture. So it holds for
every metric that behaves like a mean once there are many rows, ROC-AUC and F1 as well as accuracy, of
bounded scores or not; exact ones (Howard, Ramdas, McAuliffe and Sekhon, 2021) need bounded means.
How often it is wrong with as few rows as it is told from on is measured by benchmarks/trials.py.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from caselab.evaluation.comparison import Gain

Score = Callable[[np.ndarray], np.ndarray]
"""Scores `(n_weightings,)` of rows that weigh `(n_weightings, n_samples)`."""

BEST_AT = 1_000
"""Units at which the sequence is narrowest for its chance; it holds at all numbers."""

OF_FEW = 2.0
"""By this over the root of the degrees of freedom the interval is wider than the theorem asks for.

The least whole number for which squared errors with tails of Student's t, five degrees of freedom, scores
of rare classes, and a challenger of one in ten or twenty rows, err in no more trials than is stated
(benchmarks/trials.py).
"""

LEAST_FREEDOM = 5
"""Degrees of freedom below which nothing is told: of a class of one in a hundred, a hundred rows have
one, and whoever meets it looks perfect."""

MOST_GROUPS = 1_000
_CELLS_AT_ONCE = 4_000_000  # weights held in memory together, 32 MB


@dataclass(frozen=True)
class Estimate:
    """A score or a gain and how far chance moves it; or arrays of many."""

    value: float | np.ndarray
    spread: float | np.ndarray
    """Standard error if there were one unit; it shrinks with the root of their number."""
    n_units: float | np.ndarray
    freedom: float | np.ndarray
    """Degrees of freedom of the spread, see `degrees_of_freedom`."""

    @property
    def error(self) -> np.ndarray:
        """The standard error."""
        return np.asarray(self.spread / np.sqrt(self.n_units))

    def reach(self, alpha: float) -> np.ndarray:
        """Return how far the interval reaches to either side; nan while nothing is told."""
        enough = np.asarray(self.freedom) >= LEAST_FREEDOM
        freedom = np.where(enough, self.freedom, np.nan)
        return widening(self.n_units, freedom, alpha) * self.error

    def gain(self, alpha: float) -> Gain:
        """Return it with its interval."""
        value, half = float(self.value), float(self.reach(alpha))
        return Gain(value, value - half, value + half)


def difference(of: Estimate, over: Estimate) -> Estimate:
    """Return by how much one score is greater than another of other rows.

    Neither is taken to scatter less than all rows do: a version that was asked little, and has made no
    mistake yet, is not known to make none; where neither has, nothing is known. Welch's formula counts
    the units: a challenger of few rows is no surer for the champion's many.
    """
    units = [np.asarray(each.n_units, float) for each in (of, over)]
    variances = [np.asarray(each.spread) ** 2 for each in (of, over)]
    freedoms = [np.asarray(each.freedom, float) for each in (of, over)]
    of_all = [n * variance for n, variance in zip(units, variances, strict=True)]
    n_all = sum(units)
    together, sure = sum(of_all) / n_all, _welch(of_all, freedoms) / n_all
    freedoms = [
        np.where(variance < together, sure * n, freedom)
        for n, variance, freedom in zip(units, variances, freedoms, strict=True)
    ]
    parts = [np.maximum(v, together) / n for n, v in zip(units, variances, strict=True)]
    n_units = _welch(parts, units)
    return Estimate(
        value=of.value - over.value,
        spread=np.sqrt(sum(parts) * n_units),
        n_units=n_units,
        freedom=_welch(parts, freedoms),
    )


def _welch(parts: list[np.ndarray], freedoms: list[np.ndarray]) -> np.ndarray:
    """Return the degrees of freedom of a sum of variances; 1 of nothing."""
    below = sum(part**2 / freedom for part, freedom in zip(parts, freedoms, strict=True))
    return np.divide(sum(parts) ** 2, below, out=np.ones_like(below), where=below > 0)


def widening(
    n_units: float | np.ndarray, freedom: float | np.ndarray, alpha: float, best_at: int = BEST_AT
) -> np.ndarray:
    """Return how many standard errors the interval reaches to either side.

    By more than the theorem asks for, which is of many units: of few the standard error is uncertain.
    """
    tight = -2 * math.log(alpha)
    variance = np.asarray(n_units) * (tight + math.log(tight) + 1) / best_at
    mixture = np.sqrt(2 * (variance + 1) / variance * np.log(np.sqrt(variance + 1) / alpha))
    return np.asarray(mixture * (1 + OF_FEW / np.sqrt(freedom)))


def degrees_of_freedom(
    n_units: float | np.ndarray, kurtosis: float | np.ndarray
) -> float | np.ndarray:
    """Return how many a normal sample would have whose variance is known as well.

    The variance of a variance is (kurtosis - 1) / n of its square, 2 / n for a normal sample, whose
    kurtosis is 3. Of a rare class there are few rows that move a score: the kurtosis is large.
    """
    return (n_units - 1) / (1 + np.maximum(kurtosis - 3, 0) / 2)


def estimated(score: Score, units: np.ndarray) -> Estimate:
    """Return a score and its spread by the jackknife (Efron and Stein, 1981).

    `units` `(n_samples,)` numbers from 0 what is drawn: rows of one customer come together. Each is left
    out once; of more than `MOST_GROUPS` a group of them, which the order of rows deals out. Of a mean
    that is the textbook's error; nan where the score is not defined without some.
    """
    n_units = int(units.max()) + 1
    n_groups = min(n_units, MOST_GROUPS)
    group = units % n_groups
    at_once = max(1, _CELLS_AT_ONCE // len(units))
    without = [
        score((group != np.arange(start, min(start + at_once, n_groups))[:, None]).astype(float))
        for start in range(0, n_groups, at_once)
    ]
    left = np.concatenate([np.atleast_1d(each) for each in without])
    value = float(np.atleast_1d(score(np.ones((1, len(units)))))[0])
    moved = left - left.mean()
    second, fourth = (float((moved**power).sum()) for power in (2, 4))
    spread = math.sqrt((n_groups - 1) / n_groups * second * n_units)
    excess = 0.0
    if second > 0:
        # A sum of units is nearer to a normal distribution than each is
        excess = (n_groups * fourth / second**2 - 3) * n_units / n_groups
    return Estimate(value, spread, n_units, degrees_of_freedom(n_units, 3 + excess))
