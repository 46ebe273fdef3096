"""Learnable classes: which ones of a target can be learned and tested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from caselab.data import splits
from caselab.errors import UserError
from caselab.params import Split

MOST_CLASSES = 200
LEAST_ROWS, LEAST_OF_FEW = 10, 5
"""A class of fewer rows is learned by nobody; of a table of few rows it takes fewer."""
FEW = 100
"""Rows of such a table."""


def least_rows(rows: int) -> int:
    """Return how many rows a class must have in a table of so many."""
    return LEAST_ROWS if rows >= FEW else LEAST_OF_FEW


def learnable(
    name: str, words: pd.Series, ids: pd.Series, split: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the classes that can be learned and tested, and those of too few rows.

    Args:
        name: the case's, by which rows are split.
        words: (n_samples,), the class of each row.
        ids: (n_samples,), the rows' names.
        split: the block.

    Raises:
        UserError: there are too many, or fewer than two are left.
    """
    counts = words.value_counts()
    least = least_rows(len(words))
    can_be = counts >= least
    if split.get("kind", "hash") == "hash":
        can_be = enough(words, splits.is_test(Split(**split), ids, salt=name))
    learned = counts[can_be]
    crumbs = len(counts) > LEAST_ROWS and learned.sum() < 0.5 * counts.sum()
    if len(learned) > MOST_CLASSES or crumbs:
        raise UserError(
            f"The target {words.name!r} has {len(counts):,} classes, of which {len(learned):,} "
            f"have {least} rows or more: too many to learn; name a coarser column with "
            "--target, or one of numbers with --problem regression."
        )
    if len(learned) < 2:
        told = ", ".join(f"{label!r}: {count:,}" for label, count in counts.head(5).items())
        raise UserError(
            f"The target {words.name!r} has fewer than two classes of {least} rows or more "
            f"({told}); add rows, or name another column with --target."
        )
    return tuple(sorted(map(str, learned.index))), tuple(sorted(map(str, counts.index[~can_be])))


def two(words: pd.Series) -> tuple[str, ...]:
    """Return the two classes that tell anomalies from the rest.

    Raises:
        UserError: there are more.
    """
    known = sorted(words.dropna().unique())
    if len(known) > 2:
        raise UserError(
            f"The target {words.name!r} has {len(known):,} classes, and anomalies are judged by a "
            "column of two, such as yes and no; name another with --target, or leave it out."
        )
    return tuple(known)


def enough(words: pd.Series, is_test: np.ndarray) -> pd.Series:
    """Tell of each class, the most frequent first, whether it can be learned and tested.

    Args:
        words: (n_samples,), the class of each row.
        is_test: (n_samples,), whether it is a test row.
    """
    counts = words.value_counts()
    least = least_rows(len(words))
    tested = words[is_test].value_counts().reindex(counts.index, fill_value=0)
    return (counts >= least) & (tested >= 1) & (counts - tested >= least // 2)


def positive(words: pd.Series, classes: Sequence[str]) -> str:
    """Return the rarer class; of equal ones the later name."""
    return min(classes, key=lambda label: (int((words == label).sum()), -classes.index(label)))


def metric(words: pd.Series, classes: Sequence[str]) -> str:
    """Return the metric that suits: f1 where some classes are much rarer than others."""
    if len(classes) == 2:
        return "roc_auc"
    counts = words.value_counts().reindex(list(classes))
    return "accuracy" if counts.min() * 3 >= counts.max() else "f1"
