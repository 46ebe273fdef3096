"""What the target of a kind of problem is, and what follows from that alone.

`classes` are told apart, `numbers` have a distance, `text` and `sequence` are written token by
token, a `picture` is a file, a `series` is several numbers, one a moment, and where there is `none` the rows speak for themselves.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from caselab.errors import UserError

Target = Literal["classes", "numbers", "text", "sequence", "picture", "series", "none"]

SCORED = ("classes", "numbers")
"""Targets that a column can be held against: what tells of a class or goes along with a number."""

LEAST_NUMBERS = 2
CHANCE = 1e-6
"""Class shares may differ by chance; they are refused where chance alone is less likely than this."""


def check(target: Target, y: pd.Series | None, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return what prepare reports of the target in the whole and in parts (masks by name).

    Raises:
        UserError: nothing can be learned from the target, or a part is unlike the others.
    """
    if y is not None and target == "classes":
        return {"class shares": check_classes(y, parts)}
    if y is not None and target == "numbers":
        return {"target quartiles": check_numbers(y, parts)}
    return {}


def learnable(target: Target, part: pd.Series | None, whole: pd.Series | None) -> bool:
    """Tell whether a part of the targets is enough to learn from: every class, or two numbers."""
    if part is None or whole is None or target not in SCORED:
        return True
    return part.nunique() >= (whole.nunique() if target == "classes" else LEAST_NUMBERS)


def check_classes(
    target: pd.Series, parts: Mapping[str, np.ndarray]
) -> dict[str, dict[str, float]]:
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


def check_numbers(y: pd.Series, parts: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """Return the quartiles of the target in the whole and in each part.

    Raises:
        UserError: a target is no finite number, or all are one.
    """
    numbers = pd.to_numeric(y, errors="coerce").to_numpy(dtype=np.float64)
    if broken := int((~np.isfinite(numbers)).sum()):
        first = int(np.argmax(~np.isfinite(numbers)))
        raise UserError(
            f"The target {y.name!r} is no finite number in {broken:,} of {len(y):,} rows, the "
            f"first of them {y.iloc[first]!r}; mend them in the records or in the case's `clean`."
        )
    if len(np.unique(numbers)) < LEAST_NUMBERS:
        raise UserError(
            f"The target {y.name!r} has the one value {numbers[0]:g} in all {len(y):,} rows, from "
            "which nothing can be learned; choose another target or add rows."
        )
    whole = {"all": np.ones(len(y), dtype=bool), **parts}
    shares = (0, 0.25, 0.5, 0.75, 1)
    return {
        part: [round(float(value), 6) for value in np.quantile(numbers[mask], shares)]
        for part, mask in whole.items()
    }


def means(y: pd.Series, parts: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the mean of the target in the whole and in each part."""
    return {"whole": float(y.mean())} | {
        part: float(y[mask].mean()) for part, mask in parts.items()
    }


def _shares(counts: dict[object, int]) -> dict[str, float]:
    size = sum(counts.values())
    return {str(label): round(count / size, 6) for label, count in counts.items()}
