"""The rows that what stops early holds out of what it was given, and how the others are balanced."""

from typing import Any

import numpy as np
from sklearn.base import clone

from caselab.learning import sessions


def hold_out(
    n_rows: int, fraction: float, seed: int, classes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions to learn from and those to validate on, both in rising order.

    Where the session knows the rows' times, the last rows are held out; where it knows their
    groups, whole ones. Elsewhere rows are drawn, and with `classes` (n_rows,) each class gives its
    own share, and keeps at least one row to learn from. Few rows or groups may leave nothing to
    validate on. What a session knows of other rows, because some were taken out or made anew
    before they were learned from, says nothing of these.
    """
    session, random = sessions.current(), np.random.default_rng(seed)
    held = np.zeros(n_rows, dtype=bool)
    if session.time is not None and len(session.time) == n_rows:
        held[np.argsort(session.time, kind="stable")[n_rows - round(fraction * n_rows) :]] = True
    elif session.groups is not None and len(session.groups) == n_rows:
        held = _whole_groups(session.groups, fraction, random)
    else:
        strata = np.zeros(n_rows, dtype=int) if classes is None else classes
        for stratum in np.unique(strata):
            rows = random.permutation(np.flatnonzero(strata == stratum))
            held[rows[: min(round(fraction * len(rows)), len(rows) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def _whole_groups(groups: np.ndarray, fraction: float, random: np.random.Generator) -> np.ndarray:
    """Return a mask of the rows of groups drawn until they come nearest to the fraction of rows."""
    _, group, size = np.unique(groups, return_inverse=True, return_counts=True)
    order = random.permutation(len(size))
    rows = np.cumsum(size[order[:-1]])  # one group at least is left to learn from
    n_held = int(np.argmin(np.abs(np.r_[0, rows] - fraction * len(groups))))
    return np.isin(group, order[:n_held])


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
