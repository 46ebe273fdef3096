"""Numbers: kept as quantiles, compared by the test of Kolmogorov and Smirnov.

What is missing counts as a value below all others, so that gaps that come or go are seen too. The
effect is the test's own distance: the greatest difference of the shares of rows up to any number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from caselab import numbers
from caselab.watching import changes
from caselab.watching.changes import Bars, Change, Part

POINTS = 200
"""Quantiles that are kept; of no more distinct numbers the distance is exact."""
BARS = 24
TENTHS = 10
"""Cells of the stability index, as people use it."""


def summary(values: pd.Series) -> dict[str, Any]:
    """Return what is kept of numbers: at each quantile how many are less, and how many no more."""
    present = np.sort(_floats(values))
    edges = np.unique(present)
    if len(edges) > POINTS:
        shares = np.linspace(0, 1, POINTS + 1)
        edges = np.unique(np.quantile(present, shares, method="inverted_cdf"))
    low, high = np.quantile(present, [0.005, 0.995]) if len(present) else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    ends = np.linspace(low, high, BARS + 1)
    return {
        "kind": "numbers",
        "rows": len(values),
        "missing": len(values) - len(present),
        "edges": edges.tolist(),
        "below": np.searchsorted(present, edges, side="left").tolist(),
        "at_most": np.searchsorted(present, edges, side="right").tolist(),
        "ends": ends.tolist(),
        "bars": _bars(present, ends).tolist(),
    }


def compare(name: str, part: Part, known: dict[str, Any], values: pd.Series) -> Change:
    """Hold numbers against those that are known."""
    watched = np.sort(_floats(values))
    n, m = known["rows"], len(values)
    gone, missing = known["missing"], m - len(watched)
    edges = np.array(known["edges"], dtype=float)
    sides = (("left", known["below"]), ("right", known["at_most"]))
    before = np.concatenate([[gone], *(gone + np.array(counts) for _, counts in sides)]) / n
    counted = [np.searchsorted(watched, edges, side=side) for side, _ in sides]  # type: ignore[call-overload]
    now = np.concatenate([[missing], *(missing + counts for counts in counted)]) / m
    distance = float(np.abs(before - now).max())
    return Change(
        name=name,
        part=part,
        p=p_value(distance, n, m),
        effect=distance,
        before=_shown(edges, np.array(known["at_most"], dtype=float), gone, n),
        now=_shown(watched, np.arange(1, len(watched) + 1, dtype=float), missing, m),
        psi=_psi(known, watched, missing),
        bars=Bars(
            labels=tuple(map(numbers.number, known["ends"])),
            before=tuple((np.array(known["bars"]) / n).tolist()),
            now=tuple((_bars(watched, np.array(known["ends"])) / m).tolist()),
        ),
    )


def p_value(distance: float, n: int, m: int) -> float:
    """Return how likely two samples of `n` and `m` rows are so far apart by chance.

    As `scipy.stats.ks_2samp(method="asymp")` has it; of numbers that occur often it is too great,
    never too small.
    """
    size = max(1, round(n * m / (n + m)))
    return float(np.clip(stats.kstwo.sf(distance, size), 0, 1))


def _psi(known: dict[str, Any], watched: np.ndarray, missing: int) -> float:
    """Return the index over tenths of what is known, and what is missing."""
    at_most, edges = np.array(known["at_most"]), np.array(known["edges"], dtype=float)
    if not len(edges):
        return changes.psi(np.array([known["missing"], 0]), np.array([missing, len(watched)]))
    tenths = np.unique(
        np.searchsorted(at_most, at_most[-1] * np.arange(1, TENTHS) / TENTHS, side="left")
    )
    before = np.diff(np.concatenate([[0], at_most[tenths], [at_most[-1]]]))
    counted = np.searchsorted(watched, edges[tenths], side="right")
    now = np.diff(np.concatenate([[0], counted, [len(watched)]]))
    if known["missing"] or missing:
        before, now = np.append(before, known["missing"]), np.append(now, missing)
    return changes.psi(before, now)


def _shown(values: np.ndarray, at_most: np.ndarray, missing: int, rows: int) -> str:
    """Return the median and the middle half, and what is missing."""
    told = []
    if len(values):
        places = np.searchsorted(at_most, at_most[-1] * np.array([0.25, 0.5, 0.75]), side="left")
        low, middle, high = (numbers.number(float(value)) for value in values[places])
        told.append(f"{middle} ({low} to {high})")
    if missing:
        told.append(f"{numbers.percent(missing / rows)} missing")
    return ", ".join(told)


def _bars(values: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Count values between ends; those beyond fall into the outermost."""
    return np.histogram(np.clip(values, ends[0], ends[-1]), ends)[0]


def _floats(values: pd.Series) -> np.ndarray:
    """Return what is present; what is infinite counts as missing."""
    found = np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64)
    return found[np.isfinite(found)]
