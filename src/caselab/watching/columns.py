"""Columns of any kind: what is kept of each, and how watched ones are held against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from caselab.watching import categorical, numeric, pictures, texts
from caselab.watching.changes import Change, Part

FEW = 20
"""Distinct numbers up to which they are compared as categories, as flags and ratings are."""
MOST_CATEGORIES = 1_000
SEQUENCES = ("mean", "spread")
"""What is watched of lists of numbers."""
A_TIME = "times move on by themselves"
WORDS = 4
"""Of a text, on average."""


def summaries(table: pd.DataFrame) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what is kept of each column, and why nothing is kept of some."""
    kept, skipped = {}, {}
    for name in map(str, table.columns):
        found = _summary(table[name])
        if isinstance(found, str):
            skipped[name] = found
        else:
            kept[name] = found
    return kept, skipped


def compare(part: Part, known: Mapping[str, Any], table: pd.DataFrame) -> list[Change]:
    """Hold the columns of a table against those that are known; only what both have."""
    found: list[Change] = []
    for name, summary in known.items():
        if name not in table:
            continue
        kind, column = summary["kind"], table[name]
        if kind == "numbers":
            found.append(numeric.compare(name, part, summary, column))
        elif kind == "categories":
            found.append(categorical.compare(name, part, summary, column))
        elif kind == "texts":
            found += texts.compare(name, part, summary, _as_texts(column))
        elif kind == "pictures":
            found += pictures.compare(name, part, summary, column)
        else:
            found += _compare_sequences(name, part, summary, column)
    return found


def _summary(column: pd.Series) -> dict[str, Any] | str:
    present = column.dropna()
    if pd.api.types.is_datetime64_any_dtype(column):
        return A_TIME
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        few = present.nunique() <= FEW
        return categorical.summary(column) if few else numeric.summary(column)
    if present.empty:
        return categorical.summary(column)
    first = present.iloc[0]
    if isinstance(first, bytes | bytearray | memoryview):
        return pictures.summary(column)
    if isinstance(first, list | tuple | np.ndarray):
        return _sequence_summary(column)
    written = present.astype(str)
    distinct = written.nunique()
    if distinct > FEW and written.head(1_000).str.count(r"\S\s+\S").mean() + 1 >= WORDS:
        return texts.summary(column)
    if distinct > MOST_CATEGORIES or (distinct > FEW and distinct > len(written) / 2):
        return "nearly every row has a value of its own"
    return categorical.summary(column)


def _sequence_summary(column: pd.Series) -> dict[str, Any] | str:
    """Return what is kept of lists: of words as of texts, of numbers their mean and spread."""
    if _hold_words(column):
        return texts.summary(_as_texts(column))
    found = _of_sequences(column)
    if found is None:
        return "its lists are of no kind that is watched"
    return {"kind": "sequences", **{name: numeric.summary(found[name]) for name in SEQUENCES}}


def _compare_sequences(
    name: str, part: Part, known: Mapping[str, Any], column: pd.Series
) -> list[Change]:
    found = _of_sequences(column)
    if found is None:
        found = pd.DataFrame({"mean": np.nan, "spread": np.nan}, index=column.index)
    return [
        numeric.compare(f"{name}: {each}", part, known[each], found[each]) for each in SEQUENCES
    ]


def _of_sequences(column: pd.Series) -> pd.DataFrame | None:
    """Return mean and standard deviation of each list of numbers; None where they are none."""
    try:
        values = [
            np.asarray(each, dtype=np.float64).ravel() if each is not None else np.empty(0)
            for each in column
        ]
    except (TypeError, ValueError):
        return None
    return pd.DataFrame(
        {
            "mean": [each.mean() if each.size else np.nan for each in values],
            "spread": [each.std() if each.size else np.nan for each in values],
        }
    )


def _hold_words(column: pd.Series) -> bool:
    first = next((each for each in column.dropna() if len(each)), None)
    return first is not None and isinstance(first[0], str)


def _as_texts(column: pd.Series) -> pd.Series:
    """Return lists of words as texts, and texts as they are."""
    return column.map(
        lambda each: (
            " ".join(map(str, each)) if isinstance(each, list | tuple | np.ndarray) else each
        )
    )
