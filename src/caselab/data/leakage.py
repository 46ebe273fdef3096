"""Leakage checks: what would carry knowledge from one row to another before a model is fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from caselab.errors import UserError

SAMPLE, ALONE = 1000, 10
"""Rows that a view is tried on in one go, and one by one."""

Viewed = pd.DataFrame | np.ndarray


@dataclass(frozen=True)
class Neighbours:
    """Which other rows a view may look at: those before in an order, of the same group."""

    order: str  # column
    group: str | None = None  # column; None: all rows are one group
    ahead: bool = False  # at the rows after too: the group is known as a whole


def check_rowwise(
    view: Callable[[Any], Viewed],
    records: Viewed,
    whole: Viewed,
    name: str,
    neighbours: Neighbours | None = None,
) -> None:
    """Refuse a view that shows a row differently when other rows are away.

    A view that scales, ranks, encodes or fills by what it saw in all the rows has learned from
    them, the test rows and the held-out ones among them. One that names its `neighbours` is tried
    on rows with their past alone (or with their whole group): it must show them as it did among
    all.

    Args:
        view: from records to what a model may see.
        records: (n_samples, ...).
        whole: what `view` made of all the records, (n_samples, ...).
        name: the view's, for the message.
        neighbours: the other rows that it may look at, by default none.

    Raises:
        UserError: the view drops or adds rows, or looks beyond the row it shows.
    """
    if len(whole) != len(records):
        raise UserError(
            f"The view {name!r} makes {len(whole):,} rows of {len(records):,}; a view shows every "
            "row, and rows are dropped in the case's `clean`."
        )
    alone = "a part of the rows" if neighbours is None else "a row's own past (or group)"
    for positions in _parts(records) if neighbours is None else _pasts(records, neighbours):
        try:
            part = view(_take(records, positions))
        except Exception as error:
            raise UserError(
                f"The view {name!r} fails on {len(positions):,} of the rows it can show together "
                f"({type(error).__name__}: {error}); a model is asked about single rows too."
            ) from error
        if differs := _difference(part, _take(whole, positions)):
            raise UserError(
                f"The view {name!r} shows {differs} differently when it sees only {alone}; what "
                "is learned from rows belongs into the modality's `transformer`, which "
                "is fitted anew in every fold."
            )


def check_unfitted(transformer: Any) -> None:
    """Refuse a transformer that knows rows before it is fitted: it would know test rows too.

    Cloning forgets what was fitted, but for estimators that are frozen, at any depth.

    Raises:
        UserError: the transformer, or an estimator inside it, is fitted already.
    """
    from sklearn.base import BaseEstimator, clone
    from sklearn.exceptions import NotFittedError
    from sklearn.utils import get_tags
    from sklearn.utils.validation import check_is_fitted

    fresh = clone(transformer)
    for part in (fresh, *fresh.get_params(deep=True).values()):
        if not isinstance(part, BaseEstimator) or not get_tags(part).requires_fit:
            continue
        try:
            check_is_fitted(part)
        except NotFittedError:
            continue
        raise UserError(
            f"The transformer holds a {type(part).__name__} that is fitted before it has seen the "
            "train rows of its fold; give it unfitted."
        )


def _parts(records: Viewed) -> list[np.ndarray]:
    """Return half of a sample, and rows alone, those with gaps first: a gap shows what fills it."""
    spread = np.unique(np.linspace(0, len(records) - 1, SAMPLE).astype(int))
    alone = spread[:: max(1, len(spread) // ALONE)]
    if isinstance(records, pd.DataFrame):
        gaps = np.flatnonzero(records.isna().any(axis="columns"))
        alone = np.unique(np.concatenate([gaps[:ALONE], alone]))
    return [spread[::2], *alone[:, np.newaxis]]


def _pasts(records: Viewed, neighbours: Neighbours) -> list[np.ndarray]:
    """Return half of the rows in order, and some rows with all that came before in their group."""
    assert isinstance(records, pd.DataFrame)
    places = np.argsort(records[neighbours.order].to_numpy(), kind="stable")
    group = np.zeros(len(records), dtype=int)
    if neighbours.group is not None:
        group = pd.factorize(records[neighbours.group], use_na_sentinel=False)[0]
    pasts = [] if neighbours.ahead else [np.sort(places[: max(1, len(places) // 2)])]
    for place in np.unique(np.linspace(0, len(places) - 1, 2 * ALONE).astype(int)):
        before = places if neighbours.ahead else places[: place + 1]
        pasts.append(np.sort(before[group[before] == group[places[place]]]))
    return pasts


def _take(rows: Viewed, positions: np.ndarray) -> Viewed:
    if isinstance(rows, pd.DataFrame):
        return rows.iloc[positions].reset_index(drop=True)
    return rows[positions]


def _difference(part: Viewed, whole: Viewed) -> str | None:
    """Name what differs beyond the last digits, which the size of a batch may change."""
    if isinstance(part, pd.DataFrame) and isinstance(whole, pd.DataFrame):
        if list(part.columns) != list(whole.columns):
            return "its columns"
        part = part.reset_index(drop=True)
        different = [name for name in whole if not _equal(part[name], whole[name])]
        return f"the column {different[0]!r}" if different else None
    if np.asarray(whole).dtype == object:  # texts
        return None if np.array_equal(part, whole) else "its values"
    same = np.shape(part) == np.shape(whole) and np.allclose(
        part, whole, rtol=1e-6, atol=1e-9, equal_nan=True
    )
    return None if same else "its values"


def _equal(part: pd.Series, whole: pd.Series) -> bool:
    try:
        pd.testing.assert_series_equal(
            part, whole, check_dtype=False, check_categorical=False, rtol=1e-6, atol=1e-9
        )
    except AssertionError:
        return False
    return True
