"""Spellings of numbers and dates: found by trying, told in the words of `data/conversions.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from caselab.data import conversions

SEPARATORS = (
    (",", "."),
    ("", ","),
    (".", ","),
    (" ", "."),
    (" ", ","),
    ("\u00a0", ","),
    ("\u202f", ","),
    ("'", "."),
)
"""Of thousands and of decimals, in the order in which they are tried."""

UNIT = (
    r"[^\w\s<>≤≥≈~]{1,3}|eur|usd|gbp|chf|[mµk]?g|t|[mck]?m|mi|ft|in|[ck]?m[²2]|ha|sq ?(m|ft)|m?l|h|min|m?s|"
    r"k?wh?|hp|bhp|km/h|mph|k?cal|°[cf]|cc"
)

DAYS = (
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d. %B %Y",
    "%d.%m.%y",
    "%m/%d/%y",
    "%d/%m/%y",
)
MONTHS = ("%b %Y", "%B %Y", "%Y %b", "%Y %B", "%m/%Y")
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")
ISO = "ISO8601"

TRIED = 2000
"""Words on which a format is tried before all are."""
ODD = 5
"""Words at most, and one row in twenty, that may stand for a missing value among numbers or dates."""
MISSING = r"[\W_]+|#\S+|n[./]?a\.?|nan|null"
"""Words that do in however many rows: ?, -, n/a, #DIV/0!"""
IMPOSSIBLE = r"[\d.:/ T-]+"
"""What stands for a missing date although it has digits: 0000-00-00, 31.12.9999."""
MOST = 0.8
"""Of a column's values, to say that they are numbers or dates but for some."""


@dataclass(frozen=True)
class Almost:
    """What a column of words would be, but for some of them."""

    what: Literal["numbers", "dates"]
    rows: int
    present: int
    odd: tuple[str, ...]  # the other words, the most frequent first

    def __str__(self) -> str:
        shown = ", ".join(map(repr, self.odd[:3])) + ", …" * (len(self.odd) > 3)
        return f"{self.rows:,} of {self.present:,} values are {self.what}; not: {shown}"


def of_numbers(words: pd.Series, rows: pd.Series) -> tuple[dict[str, Any], pd.Series] | None:
    """Return how numbers are written, and the number that each word is; None where they are none.

    Args:
        words: (n_words,), each word once.
        rows: (n_words,), in how many rows it stands.
    """
    for written, numbers in _ways_of_numbers(words):
        odd = _odd_words(words, rows, numbers.isna())
        if odd is not None:
            return written | odd, numbers
    return None


def almost(words: pd.Series, rows: pd.Series) -> Almost | None:
    """Return what most of the words are; None where they are neither numbers nor dates."""
    found: list[Almost] = []
    read: list[tuple[Literal["numbers", "dates"], pd.Series]] = [
        ("numbers", numbers) for _, numbers in _ways_of_numbers(words)
    ]
    if dated := _way_of_dates(words, MOST):
        read.append(("dates", dated[1]))
    for what, values in read:
        is_odd = values.isna()
        present, odd = int(rows.sum()), tuple(map(str, words[is_odd]))
        found.append(Almost(what, present - int(rows[is_odd].sum()), present, odd))
    best = max(found, key=lambda each: each.rows, default=None)
    return best if best and best.rows >= MOST * best.present else None


def _ways_of_numbers(words: pd.Series) -> Iterator[tuple[dict[str, Any], pd.Series]]:
    """Yield how most of the words may be written as numbers, and what each is then."""
    if not words.head(TRIED).str.contains(r"\d", na=False).mean() > 0.5:
        return
    if words.str.match(r"[+-]?0\d").any():  # 00417 names something, and is no amount
        return
    if pd.to_numeric(words.head(TRIED), errors="coerce").notna().mean() > 0.5:
        yield {}, pd.to_numeric(words, errors="coerce")
    bare = words.head(TRIED).str.replace(conversions.IN_PARENTHESES, r"-\1", regex=True)
    is_accounting = words.str.fullmatch(conversions.IN_PARENTHESES).any()
    negative = {"negative": "()"} if is_accounting else {}
    parts = bare.str.extract(r"^[+-]?([^\d+\-.,'\s]*)\s*([+-]?[\d.,' \u00a0\u202f]*\d)\s*(\D*)$")
    units = {unit for column in (0, 2) for unit in parts[column].dropna().unique()} - {""}
    unit = {"unit": units.pop().strip()} if len(units) == 1 else {}
    if unit and not re.fullmatch(UNIT, unit["unit"], re.IGNORECASE):
        if parts[[0, 2]].replace("", np.nan).notna().any(axis=1).mean() > 1 - MOST:
            return  # `room 12` names a room
        unit = {}  # 12,5o among numbers
    plain = (("", "."),) if unit or negative else ()
    for thousands, decimal in (*plain, *SEPARATORS):
        written = {"thousands": thousands, "decimal": decimal} | unit | negative
        few = conversions.without_separators(words.head(TRIED), **written)
        if few.notna().mean() < 0.5:
            continue
        numbers = conversions.without_separators(words, **written)
        told = {key: sign for key, sign in written.items() if sign != {"decimal": "."}.get(key, "")}
        yield told, pd.to_numeric(numbers)


def of_dates(words: pd.Series, rows: pd.Series) -> tuple[dict[str, Any], pd.Series, bool] | None:
    """Return how dates are written, the date that each word is, and whether that is in doubt.

    It is where day and month might be the other way round. None where they are no dates.
    """
    found = _way_of_dates(words, 0.9)
    if found is None:
        return None
    written, dates, is_ambiguous = found
    odd = _odd_words(words, rows, dates.isna(), IMPOSSIBLE)
    return None if odd is None else (written | odd, dates, is_ambiguous)


def _way_of_dates(words: pd.Series, least: float) -> tuple[dict[str, Any], pd.Series, bool] | None:
    """Return how dates are written, each word's, and doubt; None where fewer look like one."""
    sample = words.head(TRIED)
    looks = sample.str.fullmatch(r"(?=.*\d.*\d)[\w:.,+/ -]{6,35}") & ~sample.str.fullmatch(
        r"[\d.,]+"
    )
    dotted = sample.str.fullmatch(r"\d{1,4}\.\d{1,2}\.\d{1,4}")
    if not (looks | dotted).mean() > least:
        return None
    formats: list[str] = []
    left = sample
    while len(left) and len(formats) < ODD:
        hits = {each: _parsed(left, each) for each in (ISO, *_formats())}
        best = max(hits, key=lambda each: hits[each].sum())  # of equal ones the first
        if not hits[best].any():
            break
        formats.append(best)
        left = left[~hits[best]]
    written = {} if formats == [ISO] else {"formats": formats}
    if not formats:
        return None
    dates, _, _ = conversions.to_dates(words, **written)
    return written, dates, _ambiguous(sample, formats)


def _odd_words(
    words: pd.Series, rows: pd.Series, refused: pd.Series, with_digits: str = MISSING
) -> dict[str, Any] | None:
    """Return the words to take as missing; None where too much is refused."""
    if not refused.any():
        return {}
    odd = words[refused]
    is_usual = odd.str.fullmatch(MISSING, case=False)
    few = len(odd) <= ODD and rows[refused][~is_usual].sum() * 20 <= rows.sum()
    told = is_usual | ~odd.str.contains(r"\d") | odd.str.fullmatch(with_digits)
    return {"missing": sorted(odd)} if few and told.all() else None


def _formats() -> tuple[str, ...]:
    return (*(day + time for time in TIMES for day in DAYS), *MONTHS)


def _parsed(words: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(words, format=form, errors="coerce", utc=True).notna()


def _ambiguous(words: pd.Series, formats: list[str]) -> bool:
    for form in formats:
        swapped = form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
        mine = words[_parsed(words, form)]
        if "%m" in form and "%d" in form and _parsed(mine, swapped).all():
            return True
    return False
