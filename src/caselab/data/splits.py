"""Which rows are test, and which fold holds a train row out: growing data moves no row.

A row is test by the hash of its own id, salted with the case's name, whatever the other rows are.
Folds are dealt to the rows of each class in their order, as cards are: of every `count` rows that
follow each other, each fold gets one. So folds are equal in size and in class shares, and rows that
are added at the end change nothing before them.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from caselab.errors import UserError, unknown

CHANCE = 1e-6
"""Class shares may differ by chance; they are refused where chance alone is less likely than this."""


def is_test(ids: pd.Series, share: float, salt: str) -> np.ndarray:
    """Return the mask of the test rows, about `share` of them, (n_samples,)."""
    return _uniform(ids, salt) < share


def folds(kind: str, count: int, rows: int, classes: pd.Series | None, salt: str) -> np.ndarray:
    """Return which fold holds each row out, (n_samples,) int; -1 where none does.

    Args:
        kind: the word of params.yaml.
        count: of folds; with `holdout`, one row in `count` is held out, once.
        rows: how many there are.
        classes: (n_samples,), what `stratified` keeps in equal shares; None where rows have none.
        salt: makes one case's folds different from another's.

    Raises:
        UserError: the kind is unknown, or asks for classes where there are none.
    """
    if kind == "stratified":
        if classes is None:
            raise UserError(
                "The validation kind 'stratified' needs classes, which this case has none of; "
                "choose 'kfold'."
            )
        return _stratified(count, classes, salt)
    if kind == "kfold":
        return _deal(rows, count, salt)
    if kind == "holdout":
        return np.where(_deal(rows, count, salt) == 0, 0, -1)
    raise unknown("kind of validation", kind, ["holdout", "kfold", "stratified"])


def _stratified(count: int, classes: pd.Series, salt: str) -> np.ndarray:
    fold = np.empty(len(classes), dtype=np.int64)
    for label in classes.unique():
        members = np.flatnonzero(classes == label)
        fold[members] = _deal(len(members), count, f"{salt}/{label}")
    return fold


def check_classes(target: pd.Series, parts: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Return the share of each class in the whole and in each part.

    Every part must hold every class, and in a share that chance explains: the two-sided tail of the
    hypergeometric distribution (a part drawn from the whole), Bonferroni's correction for the
    number of comparisons.

    Args:
        target: (n_samples,), the classes.
        parts: name -> mask of the rows, (n_samples,).

    Raises:
        UserError: the target has one class only, or a part misses a class or has too much of it.
    """
    from scipy.stats import hypergeom

    totals = {label: int((target == label).sum()) for label in sorted(target.unique())}
    column = repr(target.name)
    if len(totals) < 2:
        raise UserError(
            f"The target {column} has one class only ({', '.join(map(repr, totals))} in all "
            f"{len(target):,} rows), so there is nothing to learn; add rows of another class."
        )
    shares = {"whole": _shares(totals)}
    limit = CHANCE / (len(parts) * len(totals))
    for part, mask in parts.items():
        size = int(mask.sum())
        counts = {label: int((target[mask] == label).sum()) for label in totals}
        for label, count in counts.items():
            if count == 0:
                raise UserError(
                    f"No row of class {label!r} of the target {column} falls into {part} "
                    f"(it has {totals[label]:,} of {len(target):,} rows in all); add rows of that "
                    "class, or ask for fewer folds or a larger test share."
                )
            drawn = hypergeom(len(target), totals[label], size)
            if 2 * min(drawn.cdf(count), drawn.sf(count - 1)) < limit:
                raise UserError(
                    f"Class {label!r} of the target {column} has {count / size:.1%} of {part} but "
                    f"{totals[label] / len(target):.1%} of all rows, which chance does not explain; "
                    "choose another kind of split."
                )
        shares[part] = _shares(counts)
    return shares


def _shares(counts: dict[object, int]) -> dict[str, float]:
    size = sum(counts.values())
    return {str(label): round(count / size, 6) for label, count in counts.items()}


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
