"""Validation rows of an estimator that stops early, and how the rows it learns from are balanced."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from caselab.learning import sessions


def hold_out(
    n_rows: int,
    fraction: float,
    seed: int,
    classes: np.ndarray | None = None,
    *,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions to learn from and those to validate on, both in rising order.

    Where times are known the last rows are held out; where groups are, whole ones. Elsewhere rows
    are drawn, and with `classes` (n_rows,) each class gives its own share, and keeps at least one
    row to learn from. Few rows or groups may leave nothing to validate on.

    Args:
        n_rows: that are given to `fit`.
        fraction: of them to validate on.
        seed: of what is drawn.
        classes: (n_rows,).
        groups: (n_rows,), of rows that an estimator has made; by default those of the session.
        times: (n_rows,), likewise.

    Raises:
        ValueError: the session knows groups or times of other rows than these.
    """
    if groups is None and times is None:
        groups, times = known(n_rows)
    random = np.random.default_rng(seed)
    held = np.zeros(n_rows, dtype=bool)
    if times is not None:
        held[np.argsort(times, kind="stable")[n_rows - round(fraction * n_rows) :]] = True
    elif groups is not None:
        held = _whole_groups(groups, fraction, random)
    else:
        strata = np.zeros(n_rows, dtype=int) if classes is None else classes
        for stratum in np.unique(strata):
            rows = random.permutation(np.flatnonzero(strata == stratum))
            held[rows[: min(round(fraction * len(rows)), len(rows) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def known(n_rows: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the groups and times that the session knows of the rows given to `fit`.

    What makes rows of these (windows, pairs, drawn negatives) takes them from here and hands those
    of the new rows on.

    Raises:
        ValueError: the session knows groups or times of other rows.
    """
    session = sessions.current()
    for name, values in (("groups", session.groups), ("times", session.times)):
        if values is not None and len(values) != n_rows:
            raise ValueError(
                f"fit is given {n_rows:,} rows, but the session knows the {name} of "
                f"{len(values):,}; what makes or drops rows must hand on those of its own."
            )
    return session.groups, session.times


@dataclass(frozen=True)
class Subset:
    """Some rows of inputs and targets, by position."""

    X: Any
    y: Any
    positions: np.ndarray


@dataclass(frozen=True)
class Split:
    """Which of the rows given to a fit are held out, and how the others are balanced.

    Args:
        classes: (n_samples,) where the rows held out are to be stratified.
        sampler: of imblearn, balances the classes of what is learned from.
        groups: (n_samples,), of rows that an estimator has made.
        times: (n_samples,), likewise.
    """

    classes: np.ndarray | None = None
    sampler: Any = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None

    def parts(self, X: Any, y: Any, fraction: float, seed: int) -> tuple[Subset, Subset]:
        """Return what is learned from and what is held out."""
        learn, held = hold_out(
            len(X), fraction, seed, self.classes, groups=self.groups, times=self.times
        )
        if self.sampler is None or self.classes is None:
            return Subset(X, y, learn), Subset(X, y, held)
        held = held[evened(self.classes[held])]
        if _only_picks(self.sampler):
            picks = clone(self.sampler)
            picks.fit_resample(learn[:, None], self.classes[learn])
            return Subset(X, y, learn[picks.sample_indices_]), Subset(X, y, held)
        made, classes = resampled(self.sampler, np.asarray(X[learn]), self.classes[learn])
        return Subset(made, classes, np.arange(len(classes))), Subset(X, y, held)


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


def _only_picks(sampler: Any) -> bool:
    """Tell whether a sampler repeats or leaves out rows, and makes none of its own."""
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    return isinstance(sampler, RandomOverSampler | RandomUnderSampler)
