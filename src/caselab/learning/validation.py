"""The rows that what stops early holds out of what it was given, and how the others are balanced."""

from typing import Any

import numpy as np
from sklearn.base import clone


def hold_out(
    n_rows: int, fraction: float, seed: int, classes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions to learn from and those to validate on, both in rising order.

    With `classes` (n_rows,) each class gives its own share, and keeps at least one row to learn
    from. Few rows may leave nothing to validate on.
    """
    random = np.random.default_rng(seed)
    strata = np.zeros(n_rows, dtype=int) if classes is None else classes
    held = np.zeros(n_rows, dtype=bool)
    for stratum in np.unique(strata):
        rows = random.permutation(np.flatnonzero(strata == stratum))
        held[rows[: min(round(fraction * len(rows)), len(rows) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def resampled(sampler: Any, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that imblearn's `sampler` makes of X (n_samples, ...) and classes (n_samples,).

    It is given what is learned from alone: a copy of a row that is held out, or a mixture with it,
    would tell that learning goes on getting better when it does not. Without a sampler nothing
    changes.
    """
    if sampler is None:
        return X, y
    flat, y = clone(sampler).fit_resample(X.reshape(len(X), -1), y)
    return flat.reshape(-1, *X.shape[1:]), y


def evened(classes: np.ndarray) -> np.ndarray:
    """Return positions in which each class comes as often as the commonest: its rows in turn.

    So rows held out are weighed as balanced rows to learn from are.
    """
    of_class = [np.flatnonzero(classes == label) for label in np.unique(classes)]
    most = max(map(len, of_class), default=0)
    return np.concatenate([np.resize(rows, most) for rows in of_class] or [np.arange(0)])
