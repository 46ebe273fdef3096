"""Test split and folds: which rows are held out, by hash, so that growing data moves no row.

A row is test by the hash of its own id (or of its group), salted with the case's name, whatever the
other rows are. Folds are dealt to the rows of each class in their order, as cards are: of every
`count` rows that follow each other, each fold gets one. So folds are equal in size and in class
shares, and rows that are added at the end change nothing before them. A stratified split deals its
test rows likewise, so rows that come in between move others. A split by time moves with the data: its
test rows are always the last ones.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction

import numpy as np
import pandas as pd

from caselab.errors import UserError
from caselab.params import Split, Validation


def is_test(
    split: Split,
    ids: pd.Series,
    *,
    group: pd.Series | None = None,
    time: pd.Series | None = None,
    series: pd.Series | None = None,
    strata: pd.Series | None = None,
    official: pd.Series | None = None,
    salt: str,
) -> np.ndarray:
    """Return the mask of the test rows, (n_samples,).

    Args:
        split: what params.yaml says.
        ids: (n_samples,), unique.
        group: (n_samples,), rows that belong together.
        time: (n_samples,), when each row became known.
        series: (n_samples,), what each row is a moment of.
        strata: (n_samples,), of which train and test hold equal shares.
        official: (n_samples,), `train`, `validation` or `test`.
        salt: makes one case's split different from another's.

    Raises:
        UserError: the case has no such column, or it holds something else.
    """
    if split.kind == "official":
        return _official(_needed(official, "split", "official", "official"))
    assert split.test is not None  # checked with params.yaml
    if split.kind == "stratified":
        share = Fraction(split.test).limit_denominator(100)
        dealt = _stratified(
            share.denominator, _needed(strata, "split", "stratified", "strata"), salt
        )
        return dealt < share.numerator
    if split.kind == "group":
        return _uniform(_needed(group, "split", "group", "group"), salt) < split.test
    if split.kind == "time":
        cut = _cut(group, series, "split") if split.within_groups else None
        place = place_in_time(_needed(time, "split", "time", "time"), cut)
        return place >= 1 - split.test
    return _uniform(ids, salt) < split.test


def folds(
    validation: Validation,
    rows: int,
    classes: pd.Series | None,
    *,
    group: pd.Series | None = None,
    time: pd.Series | None = None,
    series: pd.Series | None = None,
    strata: pd.Series | None = None,
    official: pd.Series | None = None,
    salt: str,
) -> np.ndarray:
    """Return which fold holds each row out, (n_samples,) int; -1 where none does.

    With `time` the rows are cut into one block more than there are folds; the first is only learned
    from, and the fit for a fold sees nothing but the blocks before it (`learned_from`).

    Args:
        validation: what params.yaml says; with `holdout`, one row in `folds` is held out, once.
        rows: how many there are.
        classes: (n_samples,), what `stratified` keeps in equal shares; None where rows have none.
        strata: (n_samples,), what `stratified`, `kfold` and `holdout` keep in equal shares as well.
        group: (n_samples,), what `grouped` keeps together.
        time: (n_samples,), when each row became known.
        series: (n_samples,), what each row is a moment of.
        official: (n_samples,), `train` or `validation`, which `official` holds out once.
        salt: makes one case's folds different from another's.

    Raises:
        UserError: the kind asks for what the rows do not have, or for too many fits.
    """
    kind, count = validation.kind, validation.folds
    if kind == "stratified":
        if classes is None:
            raise UserError(
                "The validation kind 'stratified' needs classes, which this case has none of; "
                "choose 'kfold'."
            )
        if strata is not None:
            classes = strata.astype(str) + "/" + classes.astype(str)
        return _stratified(count, classes, salt)
    if kind == "grouped":
        return _grouped(count, _needed(group, "validation", kind, "group"), salt)
    if kind == "official":
        return _official_fold(_needed(official, "validation", kind, "official"))
    if kind == "time":
        cut = _cut(group, series, "validation") if validation.within_groups else None
        place = place_in_time(_needed(time, "validation", kind, "time"), cut)
        return np.floor(place * (count + 1)).astype(np.int64) - 1
    if kind == "leave_one_out":
        if rows > validation.most_fits:
            raise UserError(
                f"The validation kind 'leave_one_out' asks for {rows:,} fits of every pipeline, "
                f"one per row; choose 'kfold', or set validation.most_fits to {rows} or more."
            )
        return np.arange(rows)
    if validation.whole_groups:
        dealt = _grouped(count, _needed(group, "validation", kind, "group"), salt)
    else:
        dealt = _deal(rows, count, salt) if strata is None else _stratified(count, strata, salt)
    return np.where(dealt == 0, 0, -1) if kind == "holdout" else dealt


def times(
    validation: Validation,
    *,
    group: pd.Series | None = None,
    time: pd.Series | None = None,
    series: pd.Series | None = None,
) -> np.ndarray | None:
    """Return where rows stand in time, if validation goes by it: among all, or in their series or group."""
    if validation.kind != "time":
        return None
    assert time is not None  # prepare has parted the rows by it
    within = group if series is None else series
    return place_in_time(time, within if validation.within_groups else None)


def learned_from(kind: str, fold: np.ndarray, number: int) -> np.ndarray:
    """Return the mask of the rows that the fit for a fold may see, (n_samples,)."""
    return fold < number if kind == "time" else fold != number


def _cut(group: pd.Series | None, series: pd.Series | None, key: str) -> pd.Series:
    """Return what `within_groups` cuts in time: the series, or the groups where there are none."""
    if series is not None:
        return _needed(series, key, "time", "series")
    return _needed(group, key, "time", "group")


def _needed(column: pd.Series | None, key: str, kind: str, field: str) -> pd.Series:
    if column is None:
        raise UserError(
            f"The {key} kind {kind!r} needs a column of that kind, and the case names none; give "
            f"its file {field}=..., or choose another kind."
        )
    if column.isna().any():
        raise UserError(
            f"The column {column.name!r}, by which the {key} kind {kind!r} parts the rows, has "
            f"{int(column.isna().sum()):,} rows without a value; fill or drop them in the case's "
            "`clean`."
        )
    return column


def _official(said: pd.Series) -> np.ndarray:
    if unknown := sorted(set(said.astype(str)) - {"train", "validation", "test"}):
        raise UserError(
            f"The column {said.name!r} of the official split says {unknown[0]!r} in some rows; it "
            "must say 'train', 'validation' or 'test'."
        )
    return (said.astype(str) == "test").to_numpy()


def _official_fold(said: pd.Series) -> np.ndarray:
    held_out = (said.astype(str) == "validation").to_numpy()
    if held_out.all() or not held_out.any():
        raise UserError(
            f"The validation kind 'official' holds out the rows of which the column {said.name!r} says "
            f"'validation', and these are {'all' if held_out.all() else 'none'} of {len(said):,}; "
            "choose 'holdout' or 'kfold'."
        )
    return np.where(held_out, 0, -1)


def place_in_time(time: pd.Series, group: pd.Series | None) -> np.ndarray:
    """Return where each row stands in time among all, or in its group, from 0 up to below 1.

    Rows of one moment stand together, at the place of the first of them.
    """
    if group is None:
        first = time.rank(method="min") - 1
        return (first / len(time)).to_numpy()
    # In a group every row has a place of its own: a user's films of one minute still have an order.
    order = pd.DataFrame({"group": group.to_numpy(), "time": time.to_numpy()}).sort_values(
        "time", kind="stable"
    )
    number = order.groupby("group", sort=False).cumcount()
    size = order.groupby("group", sort=False)["time"].transform("size")
    return (number / size).sort_index().to_numpy()


def _grouped(count: int, group: pd.Series, salt: str) -> np.ndarray:
    """Deal whole groups to the folds, in the order in which they appear."""
    numbers, groups = pd.factorize(group)
    if len(groups) < count:
        raise UserError(
            f"The validation kind 'grouped' asks for {count} folds, and the column {group.name!r} "
            f"has {len(groups)} groups in train; ask for fewer folds."
        )
    return _deal(len(groups), count, salt)[numbers]


def _stratified(count: int, classes: pd.Series, salt: str) -> np.ndarray:
    fold = np.empty(len(classes), dtype=np.int64)
    for label in classes.unique():
        members = np.flatnonzero(classes == label)
        fold[members] = _deal(len(members), count, f"{salt}/{label}")
    return fold


def _deal(rows: int, count: int, salt: str) -> np.ndarray:
    """Return a fold for each of `rows` rows: one shuffled round of all folds after the other."""
    rounds = -(-rows // count)
    draws = _uniform(pd.Series(np.arange(rounds * count)), salt).reshape(rounds, count)
    return draws.argsort(axis=1).ravel()[:rows]


def _uniform(keys: pd.Series, salt: str) -> np.ndarray:
    """Return a number in [0, 1) per key, by hash, (n_samples,)."""
    key = hashlib.sha256(salt.encode()).hexdigest()[:16]  # SipHash wants 16 bytes
    hashes = pd.util.hash_array(
        keys.astype(str).to_numpy(dtype=object), hash_key=key, categorize=False
    )
    return hashes / 2.0**64
