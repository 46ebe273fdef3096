"""What was compared, and which of it has moved: not by chance, and by enough to matter.

A p-value alone falls with the number of rows until everything has moved; an effect alone jumps
about where there are few. So a change is called only where both say so: the p-value, corrected for
all that was compared at once (Holm, 1979), lies below the stated rate of false alarms, and the effect
reaches the least that matters. By Holm's correction the chance that anything at all is called,
where nothing has moved, is at most the stated rate, however the columns hang together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Part = Literal["records", "inputs", "answers", "labels", "quality"]


@dataclass(frozen=True)
class Bars:
    """Shares of rows side by side, for a picture: those learned from, and those watched."""

    labels: tuple[str, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """One comparison of watched rows with those that a model learned from."""

    name: str
    """What is compared: a column, or one thing about it."""
    part: Part
    p: float
    """How likely so great a difference is by chance."""
    effect: float
    """0 to 1, the share of rows that lie elsewhere than before; of quality the loss, in its unit."""
    before: str
    now: str
    psi: float | None = None
    """The population stability index, where shares are compared."""
    note: str = ""
    bars: Bars | None = None
    always: bool = False
    """Whether any effect matters, as a loss of quality does."""
    adjusted: float = 1.0
    """The p-value, corrected for all comparisons."""
    moved: bool = False


def judged(changes: Sequence[Change], false_alarms: float, least_effect: float) -> list[Change]:
    """Return the changes with corrected p-values and verdicts, the surest and greatest first."""
    adjusted = holm(np.array([change.p for change in changes]))
    found = [
        replace(
            change,
            adjusted=float(p),
            moved=bool(p <= false_alarms and (change.always or change.effect >= least_effect)),
        )
        for change, p in zip(changes, adjusted, strict=True)
    ]
    return sorted(found, key=lambda change: (not change.moved, -change.effect, change.adjusted))


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values `(n,)` corrected by Holm's step-down procedure."""
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(steps) if len(p) else steps
    return adjusted


def psi(before: np.ndarray, now: np.ndarray) -> float:
    """Return the population stability index of counts in the same cells; half a row more in each."""
    p, q = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (before, now))
    return float(np.sum((q - p) * np.log(q / p)))
