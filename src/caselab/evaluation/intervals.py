"""Bootstrap intervals: how far a score would move with another draw of test rows.

Percentile intervals (Efron and Tibshirani, 1993, chapter 13) of 1,000 resamples. They stay inside a
metric's bounds, turn with any monotone change of scale, and need no second pass over the rows; on
the hundreds of rows that test sets have, BCa's correction is smaller than the resampling noise, and
it is not defined where all resamples agree.

Rows are not stratified by class: how many rows of a class the test set holds is itself chance, and
fixing it would make intervals of accuracy, precision, PR-AUC and Brier score too narrow. Where a
metric is not defined for a resample (no row of a class), the resample is left out.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Case, Metric, Unit

N_RESAMPLES = 1_000
CONFIDENCE = 0.95
_CELLS_AT_ONCE = 4_000_000  # weights held in memory together, 32 MB


def intervals(
    metrics: Mapping[str, Metric],
    y: pd.Series | None,
    answers: pd.DataFrame,
    decision: dict[str, Any],
    case: Case,
    *,
    units: np.ndarray,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    confidence: float = CONFIDENCE,
) -> dict[str, tuple[float, float]]:
    """Return `(low, high)` for each metric, all from the same resamples."""
    values: dict[str, list[np.ndarray]] = {name: [] for name in metrics}
    for weights in resamples(units, seed=seed, n_resamples=n_resamples):
        for name, metric in metrics.items():
            values[name].append(metric.function(y, answers, decision, case, weights))
    return {name: percentile(np.concatenate(parts), confidence) for name, parts in values.items()}


def resamples(
    units: np.ndarray, *, seed: int, n_resamples: int = N_RESAMPLES
) -> Iterator[np.ndarray]:
    """Yield resamples as row weights `(some, n_samples)`, few enough at once to fit in memory.

    `units` `(n_samples,)` numbers what is drawn from 0; the rows of a unit come together, as often
    as it is drawn.
    """
    random = np.random.default_rng(seed)
    n_units = int(units.max()) + 1
    at_once = max(1, _CELLS_AT_ONCE // len(units))
    for start in range(0, n_resamples, at_once):
        some = min(at_once, n_resamples - start)
        drawn = random.integers(n_units, size=(some, n_units))
        drawn += n_units * np.arange(some)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=some * n_units).reshape(some, n_units)
        yield counts.astype(float)[:, units]


def percentile(values: np.ndarray, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval that holds the middle `confidence` of the resamples' defined values."""
    defined = values[~np.isnan(values)]
    if defined.size == 0:
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def units(
    kinds: Sequence[Unit],
    n_samples: int,
    *,
    group: pd.Series | None = None,
    time: pd.Series | None = None,
    series: pd.Series | None = None,
) -> np.ndarray:
    """Return the number of what a resample draws for each row: the row, its group, its block of time.

    `(n_samples,)`, from 0 on. Of `kinds` the first counts for which there is a column. A block is a
    run of n^(1/3) rows in order of time (Hall, Horowitz and Jing, 1995), which keeps what neighbours
    share; where rows are of several `series`, n counts moments, and a moment's rows stay together.
    """
    columns = {"group": group, "time": time}
    known = [kind for kind in kinds if kind == "row" or columns[kind] is not None]
    if not known:
        raise ValueError(f"the case has no {' or '.join(kinds)} to resample its rows by")
    if known[0] == "group" and group is not None:
        numbers, groups = pd.factorize(group)
        alone = np.flatnonzero(numbers < 0)  # a row without a group is one of its own
        numbers[alone] = len(groups) + np.arange(len(alone))
        return numbers
    if known[0] == "time" and time is not None:
        order = np.argsort(time.to_numpy(), kind="stable")
        place = np.empty(n_samples, dtype=int)
        place[order] = np.arange(n_samples)
        if series is not None:
            place = pd.factorize(time, sort=True)[0]
        return place // round((place.max() + 1) ** (1 / 3))
    return np.arange(n_samples)


def band(
    curve: Callable[[np.ndarray], np.ndarray],
    units: np.ndarray,
    seed: int,
    n_resamples: int = 200,
) -> tuple[np.ndarray, np.ndarray]:
    """Return low and high `(n_points,)`, point by point, of a curve of weighted rows.

    `curve` turns weights `(some, n_samples)` into values `(some, n_points)`.
    """
    curves = [curve(weights) for weights in resamples(units, seed=seed, n_resamples=n_resamples)]
    tail = (1 - CONFIDENCE) / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a point that no resample defines
        low, high = np.nanquantile(np.concatenate(curves), [tail, 1 - tail], axis=0)
    return low, high


def or_none(value: float) -> float | None:
    """Return a number as JSON can hold it: None for nan."""
    return None if math.isnan(value) else float(value)
