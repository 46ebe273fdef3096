"""Bounds of forecasts: split-conformal, from errors that were made where the truth was not known.

Errors are counted in the row's scale (data/series.py), so that series of any size share them, and
by moment of the horizon, as what is farther is known less. Whatever forecasts is given bounds in the
same way.

Source: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Distribution-free predictive inference
for regression, with signed errors as in Linusson, Johansson and Löfström (2014). They hold the truth
as often as they say where errors come as they came; a season that was never seen breaks that.
"""

import numpy as np
import pandas as pd

LEVELS = (80, 95)
"""Per cent of the truths that bounds are to hold."""

Errors = dict[str, dict[str, list[float]]]
"""By level, the `lower` and `upper` error of each moment of the horizon, in scales."""


def conformal(errors: np.ndarray) -> Errors:
    """Return between which errors the middle of those made lies, (n, horizon) in scales.

    Each end is the error of the rank that the finite sample asks for; of few the outermost.
    """
    ordered, n = np.sort(errors, axis=0), len(errors)
    found = {}
    for level in LEVELS:
        low = max(0, (100 - level) * (n + 1) // 200 - 1)  # in whole numbers: 0.1 is no float
        high = n - 1 - low
        found[str(level)] = {"lower": ordered[low].tolist(), "upper": ordered[high].tolist()}
    return found


def bounds(
    values: np.ndarray, scale: np.ndarray, errors: Errors, level: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return lower and upper bounds `(n, horizon)` of values of that shape in rows' scales `(n,)`."""
    ends = errors[str(level)]
    lower, upper = (
        values + scale[:, np.newaxis] * np.array(ends[end]) for end in ("lower", "upper")
    )
    return lower, upper


def horizons(column: pd.Series) -> np.ndarray:
    """Return what a column holds of each row's horizon, `(n, horizon)`."""
    return np.stack(column.tolist()).astype(np.float64)
