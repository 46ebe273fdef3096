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

import numpy as np

from caselab.evaluation.comparison import Gain

Score = Callable[[np.ndarray], np.ndarray]
"""Scores `(n_weightings,)` of rows that weigh `(n_weightings, n_samples)`."""

BEST_AT = 1_000
"""Units at which the sequence is narrowest for its chance; it holds at all numbers."""

OF_FEW = 3.0
"""By this over the root of the number of units the interval is wider than the theorem asks for.

The least whole number for which squared errors with tails of Student's t, five degrees of freedom, and a
challenger of one in ten or twenty rows, err in no more trials than is stated (benchmarks/trials.py).
"""

MOST_GROUPS = 1_000
_CELLS_AT_ONCE = 4_000_000  # weights held in memory together, 32 MB


def paired(gain: Score, units: np.ndarray, alpha: float) -> Gain:
    """Return the gain of two versions that both answered the same rows, with its interval.

    `units` `(n_samples,)` numbers from 0 what is drawn: rows of one customer come together.
    """
    value, error = estimated(gain, units)
    return _interval(value, error, int(units.max()), alpha)


def independent(
    of: tuple[Score, np.ndarray], over: tuple[Score, np.ndarray], sign: float, alpha: float
) -> Gain:
    """Return the gain of one version over another that answered other rows, with its interval.

    Each is told by its scores and the `units` of its rows; `sign` is -1 where less is better.
    """
    (new, new_error), (old, old_error) = estimated(*of), estimated(*over)
    error = math.hypot(new_error, old_error)
    # Welch's degrees of freedom: a challenger of few rows is no surer for the champion's many.
    parts = [each**4 / units.max() for each, (_, units) in ((new_error, of), (old_error, over))]
    freedom = error**4 / sum(parts) if error > 0 else 1.0
    return _interval(sign * (new - old), error, freedom, alpha)


def widening(n_units: float, alpha: float, best_at: int = BEST_AT) -> float:
    """Return how many standard errors the interval reaches to either side.

    Of few units by more than the theorem asks for, which is of many: their standard error is uncertain,
    and too small where the tails are heavy.
    """
    tight = -2 * math.log(alpha)
    variance = n_units * (tight + math.log(tight) + 1) / best_at
    mixture = math.sqrt(2 * (variance + 1) / variance * math.log(math.sqrt(variance + 1) / alpha))
    return mixture * (1 + OF_FEW / math.sqrt(n_units))


def estimated(score: Score, units: np.ndarray) -> tuple[float, float]:
    """Return a score and its standard error by the jackknife (Efron and Stein, 1981).

    Each unit is left out once; of more than `MOST_GROUPS` a group of them, which the order of rows
    deals out. Of a mean that is the textbook's error; nan where the score is not defined without some.
    """
    n_groups = min(int(units.max()) + 1, MOST_GROUPS)
    group = units % n_groups
    at_once = max(1, _CELLS_AT_ONCE // len(units))
    without = [
        score((group != np.arange(start, min(start + at_once, n_groups))[:, None]).astype(float))
        for start in range(0, n_groups, at_once)
    ]
    left = np.concatenate([np.atleast_1d(each) for each in without])
    value = float(np.atleast_1d(score(np.ones((1, len(units)))))[0])
    error = math.sqrt((n_groups - 1) / n_groups * float(((left - left.mean()) ** 2).sum()))
    return value, error


def _interval(value: float, error: float, n_units: float, alpha: float) -> Gain:
    half = widening(n_units, alpha) * error
    return Gain(value, value - half, value + half)
