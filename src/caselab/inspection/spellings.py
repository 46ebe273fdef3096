"""How numbers and dates are written: found by trying, told in the words of `data/conversions.py`."""

from __future__ import annotations

import re
from typing import Any

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
    r"[^\w\s]{1,3}|eur|usd|gbp|chf|[mµk]?g|t|[mck]?m|mi|ft|in|[ck]?m[²2]|ha|sq ?(m|ft)|m?l|h|min|m?s|"
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


def of_numbers(words: pd.Series, rows: pd.Series) -> tuple[dict[str, Any], pd.Series] | None:
    """Return how numbers are written, and the number that each word is; None where they are none.

    Args:
        words: (n_words,), each word once.
        rows: (n_words,), in how many rows it stands.
    """
    if not words.head(TRIED).str.contains(r"\d", na=False).mean() > 0.5:
        return None
    if words.str.match(r"[+-]?0\d").any():  # 00417 names something, and is no amount
        return None
    if pd.to_numeric(words.head(TRIED), errors="coerce").notna().mean() > 0.5:
        numbers = pd.to_numeric(words, errors="coerce")
        odd = _odd_words(words, rows, numbers.isna())
        if odd is not None:
            return odd, numbers
    bare = words.head(TRIED).str.replace(conversions.IN_PARENTHESES, r"-\1", regex=True)
    is_accounting = words.str.fullmatch(conversions.IN_PARENTHESES).any()
    negative = {"negative": "()"} if is_accounting else {}
    parts = bare.str.extract(
        r"^[+-]?([^\d+\-.,'\s]*)\s*([+-]?[\d.,' \u00a0\u202f]*\d)\s*(\D*)$"
    )
    units = {unit for column in (0, 2) for unit in parts[column].dropna().unique()} - {""}
    unit = {"unit": units.pop().strip()} if len(units) == 1 else {}
    if unit and not re.fullmatch(UNIT, unit["unit"], re.IGNORECASE):
        return None  # `room 12` names a room
    plain = (("", "."),) if unit or negative else ()
    for thousands, decimal in (*plain, *SEPARATORS):
        written = {"thousands": thousands, "decimal": decimal} | unit | negative
        few = conversions.without_separators(words.head(TRIED), **written)
        if few.notna().mean() < 0.5:
            continue
        numbers = conversions.without_separators(words, **written)
        told = {key: sign for key, sign in written.items() if sign != {"decimal": "."}.get(key, "")}
        odd = _odd_words(words, rows, numbers.isna())
        if odd is not None:
            return told | odd, pd.to_numeric(numbers)
    return None


def of_dates(words: pd.Series, rows: pd.Series) -> tuple[dict[str, Any], pd.Series, bool] | None:
    """Return how dates are written, the date that each word is, and whether that is in doubt.

    It is where day and month might be the other way round. None where they are no dates.
    """
    sample = words.head(TRIED)
    looks = sample.str.fullmatch(r"(?=.*\d.*\d)[\w:.,+/ -]{6,35}") & ~sample.str.fullmatch(
        r"[\d.,]+"
    )
    dotted = sample.str.fullmatch(r"\d{1,4}\.\d{1,2}\.\d{1,4}")
    if not (looks | dotted).mean() > 0.9:
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
    odd = _odd_words(words, rows, dates.isna(), IMPOSSIBLE)
    return None if odd is None else (written | odd, dates, _ambiguous(sample, formats))


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
    return tuple(day + time for time in TIMES for day in DAYS)


def _parsed(words: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(words, format=form, errors="coerce", utc=True).notna()


def _ambiguous(words: pd.Series, formats: list[str]) -> bool:
    for form in formats:
        swapped = form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
        mine = words[_parsed(words, form)]
        if swapped != form and "%m" in form and _parsed(mine, swapped).all():
            return True
    return False
