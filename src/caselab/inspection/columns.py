"""Profiles of columns: type, how values are written, what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from caselab.data import conversions
from caselab.inspection import spellings
from caselab.inspection.spellings import Almost

Kind = Literal[
    "number", "whole number", "yes or no", "category", "code", "date", "text", "picture", "empty"
]
"""A code names rather than measures: most rows have one of their own."""

MOST_CATEGORIES = 1000
LEAST_WORDS = 4
"""Of a text, on average."""
MOST_SPELLINGS = 40
"""Of yes and no together: yes, Yes, YES, y, true, ..."""


@dataclass(frozen=True)
class Profile:
    """What one column holds."""

    name: str
    kind: Kind
    rows: int
    missing: int  # rows
    distinct: int
    low: Any = None  # of numbers and dates
    high: Any = None
    categories: tuple[Any, ...] = ()  # where they are few, the most frequent first
    counts: tuple[int, ...] = ()  # rows of each
    written: Mapping[str, Any] = field(default_factory=dict)  # see data/conversions.py
    ambiguous: bool = False  # days and months may be the other way round
    examples: tuple[str, ...] = ()
    almost: Almost | None = None  # of words

    @property
    def is_unique(self) -> bool:
        """Tell whether every row has a value of its own."""
        return self.distinct == self.rows and not self.missing

    @property
    def is_constant(self) -> bool:
        """Tell whether there is nothing to learn from."""
        return self.distinct <= 1 and not (self.distinct and self.missing)


def profile(records: pd.DataFrame) -> list[Profile]:
    """Return what each column holds."""
    return [_profile(records[name]) for name in records.columns]


def _profile(column: pd.Series) -> Profile:
    if pd.api.types.is_bool_dtype(column):
        return _of_words(column.astype("string"))
    if pd.api.types.is_numeric_dtype(column):
        return _of_numbers(column)
    if pd.api.types.is_datetime64_any_dtype(column):
        return _of_dates(conversions.to_dates(column)[0])
    first = column.first_valid_index()
    if first is not None and isinstance(column[first], bytes | bytearray | memoryview):
        missing = int(column.isna().sum())
        return Profile(str(column.name), "picture", len(column), missing, len(column) - missing)
    return _of_words(column)


def _of_numbers(
    column: pd.Series, rows: int | None = None, written: Mapping[str, Any] | None = None
) -> Profile:
    present = column.replace([np.inf, -np.inf], np.nan).dropna()
    infinite = {f"{value:g}" for value in column[np.isinf(column.astype("float64"))].unique()}
    if infinite:
        told = (written or {}).get("missing", ())
        written = {**(written or {}), "missing": sorted({*told, *infinite})}
    values = present.unique()
    whole = len(present) > 0 and bool((present % 1 == 0).all())
    kind: Kind = "whole number" if whole else "number"
    if len(present) == 0:
        kind = "empty"
    few = len(values) <= MOST_CATEGORIES
    counts = present.value_counts() if few else pd.Series(dtype=int)
    rows = len(column) if rows is None else rows
    return Profile(
        name=str(column.name),
        kind=kind,
        rows=rows,
        missing=rows - len(present),
        distinct=len(values),
        low=present.min() if len(present) else None,
        high=present.max() if len(present) else None,
        categories=tuple(int(value) if whole else float(value) for value in counts.index),
        counts=tuple(map(int, counts)),
        written=written or {},
        examples=tuple(f"{value:g}" for value in present.head(3)),
    )


def _of_dates(
    column: pd.Series,
    rows: int | None = None,
    written: Mapping[str, Any] | None = None,
    *,
    ambiguous: bool = False,
) -> Profile:
    present = column.dropna()
    rows = len(column) if rows is None else rows
    return Profile(
        name=str(column.name),
        kind="date" if len(present) else "empty",
        rows=rows,
        missing=rows - len(present),
        distinct=present.nunique(),
        low=present.min() if len(present) else None,
        high=present.max() if len(present) else None,
        written=written or {},
        ambiguous=ambiguous,
        examples=tuple(f"{value:%Y-%m-%d}" for value in present.head(3)),
    )


def _of_words(column: pd.Series) -> Profile:
    text = conversions.to_text(column)[0]
    counts = text.value_counts()
    words = pd.Series(counts.index).astype("string")
    rows = pd.Series(counts.to_numpy(), index=words.index)
    present = int(counts.sum())
    is_truth = _is_truth(words)  # true, 1, false and 0 are no numbers, of which two are odd
    if found := spellings.of_numbers(words, rows) if len(words) and not is_truth else None:
        numbers = found[1].repeat(rows.tolist()).rename(str(column.name))
        return _of_numbers(numbers, len(column), found[0])
    if dated := spellings.of_dates(words, rows) if len(words) else None:
        dates = dated[1].repeat(rows.tolist()).rename(str(column.name))
        return _of_dates(dates, len(column), dated[0], ambiguous=dated[2])
    few = len(words) <= MOST_CATEGORIES
    return Profile(
        name=str(column.name),
        kind=_kind_of_words(words, present),
        rows=len(column),
        missing=len(column) - present,
        distinct=len(words),
        categories=tuple(map(str, words)) if few else (),
        counts=tuple(map(int, counts)) if few else (),
        examples=tuple(_shortened(str(word)) for word in text.dropna().head(3)),
        almost=spellings.almost(words, rows) if len(words) else None,
    )


def _kind_of_words(words: pd.Series, present: int) -> Kind:
    if len(words) == 0:
        return "empty"
    sample = words.head(spellings.TRIED)
    if (
        len(words) > max(20, 0.3 * present)
        and sample.str.count(r"\S\s+\S").mean() + 1 >= LEAST_WORDS
    ):
        return "text"
    if _is_truth(words):
        return "yes or no"
    return "code" if present >= 20 and len(words) > 0.9 * present else "category"


def _is_truth(words: pd.Series) -> bool:
    """Tell words that say yes and no, in however many spellings, from others and from 0 and 1."""
    if not 2 <= len(words) <= MOST_SPELLINGS or set(words) == {"0", "1"}:
        return False
    return set(words.str.casefold().map(conversions.TRUTH, na_action=None)) == {True, False}


def _shortened(word: str) -> str:
    word = re.sub(r"\s+", " ", word)
    return word if len(word) <= 30 else f"{word[:29]}…"
