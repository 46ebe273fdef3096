"""How rows are parted: the share that tests, and the folds of the others."""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselab.data import splits
from caselab.inspection import classes, sizes
from caselab.params import Split

TEST = (0.2, 0.3, 0.4)
"""Shares of test rows: where rows are few, the first by which enough are tested of every class."""
LEAST_TESTED = 5
BIG = 80_000
"""Rows of train from which one fold is held out, once."""
FOLDS = 5


def split(name: str, ids: pd.Series, words: pd.Series | None, kind: str = "hash") -> dict[str, Any]:
    """Return the block of a case's split.

    Args:
        name: the case's, by which rows are split.
        ids: (n_samples,), the rows' names.
        words: (n_samples,), the class of each row; None where there are none.
        kind: as params.yaml names it.
    """
    if kind == "official":
        return {"kind": kind}
    if kind != "hash":
        return {"kind": kind, "test": TEST[0]}
    if len(ids) >= sizes.FEW:
        return {"test": TEST[0]}
    tested = {share: _tested(name, ids, words, share) for share in TEST}
    return {"test": max(TEST, key=lambda share: tested[share])}  # the first of equally good ones


def of_train(
    name: str, ids: pd.Series, words: pd.Series | None, split: dict[str, Any]
) -> tuple[int, int]:
    """Return the rows of train, and of these those of the rarest class; all where there are none."""
    if split.get("kind", "hash") == "hash":
        rows = ~splits.is_test(Split(**split), ids, salt=name)
        counts = None if words is None else words[rows].value_counts()
        return int(rows.sum()), int(rows.sum() if counts is None else counts.min())
    learned = 1 - split.get("test", TEST[0])
    counts = None if words is None else words.value_counts()
    return int(learned * len(ids)), int(learned * (len(ids) if counts is None else counts.min()))


def validation(kind: str, rows: int, rarest: int, *, classes: bool) -> dict[str, Any]:
    """Return the block of a case's validation.

    Args:
        kind: of the split.
        rows: of train.
        rarest: of these, rows of the rarest class; all where there are none.
        classes: whether rows are of classes.
    """
    if kind == "time":
        return {"kind": "time", "folds": FOLDS}
    if kind == "group":
        return {"kind": "grouped", "folds": FOLDS}
    if rows > BIG:
        return {"kind": "holdout", "folds": FOLDS}
    return {"kind": "stratified" if classes else "kfold", "folds": sizes.folds(rows, rarest)}


def _tested(name: str, ids: pd.Series, words: pd.Series | None, share: float) -> tuple[int, bool]:
    """Return how many classes could be learned and tested, and whether enough rows are tested."""
    is_test = splits.is_test(Split(test=share), ids, salt=name)
    if words is None:
        return 0, bool(is_test.sum() >= LEAST_TESTED)
    can_be = classes.enough(words, is_test)
    known = words[is_test].isin(can_be.index[can_be])
    return int(can_be.sum()), bool(known.sum() >= LEAST_TESTED)
