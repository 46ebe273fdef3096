"""Name rows that nobody has named, so that a table that grows moves none of them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from caselab.errors import UserError

UNNAMED = re.compile(r"Unnamed: \d+(\.\d+)?|")
"""A column without a name: the row numbers that some export left, which change when rows come in."""


def add(records: pd.DataFrame, name: str) -> pd.DataFrame:
    """Add a column that names each row by a hash of what it holds, first of all columns.

    The order of rows and of columns is no part of it, nor whether 7 is written 7.0 or "7". Where
    rows are equal, the second one is told from the first by its number.

    Raises:
        UserError: there is a column of that name.
    """
    if name in records.columns:
        raise UserError(
            f"The records have a column {name!r} already; give `row_id` another name in params.yaml."
        )
    total = np.zeros(len(records), dtype=np.uint64)
    for column in records.columns:
        if not UNNAMED.fullmatch(str(column)):
            total += _hashes(records[column], key=str(column))
    number = pd.Series(total).groupby(total).cumcount().to_numpy()
    ids = np.array([f"{value:016x}" for value in total.tolist()], dtype=object)
    ids[number > 0] = [
        f"{first}-{count + 1}"
        for first, count in zip(ids[number > 0], number[number > 0], strict=True)
    ]
    return pd.concat([pd.Series(ids, name=name, index=records.index), records], axis="columns")


def repeated(ids: pd.Series) -> int:
    """Return how many rows that `add` has named are equal to an earlier one."""
    return int(ids.astype(str).str.contains("-", regex=False).sum())


def _hashes(column: pd.Series, key: str) -> np.ndarray:
    """Return a number per value (n_samples,), 0 for a missing one: a new, empty column is nothing."""
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isnan(numbers), np.uint64(0), _of_numbers(numbers, key))
    codes, values = pd.factorize(column, use_na_sentinel=True)
    if len(values) and isinstance(values[0], bytes):  # pictures
        values = pd.Index([each.hex() for each in values])
    words = pd.Series(values).astype(str).str.strip()
    numbers = pd.to_numeric(words, errors="coerce").to_numpy(dtype=np.float64)
    as_words = pd.util.hash_array((key + "=" + words).to_numpy(dtype=object), categorize=False)
    hashes = np.where(np.isnan(numbers), as_words, _of_numbers(numbers, key))
    hashes = np.where(words == "", np.uint64(0), hashes)
    return np.append(hashes, np.uint64(0))[codes]  # a missing value's code is -1


def _of_numbers(numbers: np.ndarray, key: str) -> np.ndarray:
    salt = pd.util.hash_array(np.array([key], dtype=object))
    return pd.util.hash_array(pd.util.hash_array(numbers + 0.0) ^ salt)  # 0.0 and -0.0 are equal
