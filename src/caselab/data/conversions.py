"""Put a column's values into a wanted type where that loses nothing: numbers, dates, yes and no, text.

Each function returns the column, how many rows changed their form, and which rows refuse. How a
column's values are written stands in its contract, as pandera's `metadata`:

- `{"thousands": ".", "decimal": ",", "unit": "€"}`: 1.234,50 € is the number 1234.5
- `{"negative": "()"}`, beside these: (76) is the number -76, as accountants write it
- `{"formats": ["%d.%m.%Y", "%b %d, %Y"]}`: dates, tried in this order; without it they are ISO 8601
- `{"missing": ["?", "unknown", "inf"]}`, beside either: what stands for a missing value
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from caselab.data.findings import Finding, Kind

if TYPE_CHECKING:
    import pandera.pandas as pa

Converted = tuple[pd.Series, int, np.ndarray]

TRUTH = dict.fromkeys(("true", "yes", "t", "y", "1"), True) | dict.fromkeys(
    ("false", "no", "f", "n", "0"), False
)

IN_PARENTHESES = r"^\(([^()+-]*\d[^()+-]*)\)$"
"""A negative amount as accountants write it."""


def convert(column: pd.Series, wanted: pa.Column) -> tuple[pd.Series, int, list[Finding]]:
    """Return a column in its contract's type, how many rows changed, and what it is not.

    What is not understood is missing; fractions among whole numbers stay, and all are floats.
    """
    if isinstance(column.dtype, pd.ArrowDtype):  # which cannot do all that pandas' own types can
        from pyarrow import array

        values = array(column.array).to_pandas()
        column = pd.Series(values.to_numpy(), index=column.index, name=column.name)
    dtype: Any = getattr(wanted.dtype, "type", None)
    kind = getattr(dtype, "kind", "")
    written = wanted.metadata or {}
    if kind == "M":
        read, what = to_dates(column, **written), "no date"
    elif kind == "b" and column.dtype != dtype:
        read, what = to_truth(column, dtype), "neither yes nor no"
    elif kind in {"i", "u", "f"} and (column.dtype != dtype or "missing" in written):
        read, what = to_numbers(column, dtype, written), "no number"
    elif is_words(wanted):
        text, changed, _ = to_text(column)
        return text.astype(object).where(text.notna(), None), changed, []
    else:
        return column, 0, []
    values, changed, refused = read
    fraction = refused & values.notna().to_numpy()
    found = []
    kinds: tuple[tuple[np.ndarray, Kind, str], ...] = (
        (refused & ~fraction, "unread", what),
        (fraction, "fraction", ""),
    )
    for odd, name, rule in kinds:
        if odd.any():
            rows = np.flatnonzero(odd)
            found.append(Finding(str(column.name), name, rule, rows, column.iloc[rows].tolist()))
    return values, changed, found


def is_words(wanted: pa.Column) -> bool:
    """Tell words from objects such as pictures, which are as given."""
    dtype: Any = getattr(wanted.dtype, "type", None)
    return getattr(dtype, "kind", "") in {"U", "O"} and dtype != np.dtype(object)


def to_numbers(column: pd.Series, wanted: np.dtype, written: Mapping[str, Any]) -> Converted:
    """Return numbers; whole ones that have gaps stay floats, and pandera tells the gaps."""
    is_text = not pd.api.types.is_numeric_dtype(column)
    written = dict(written)
    missing = written.pop("missing", ())
    given = to_text(column)[0] if is_text else column
    given = given.mask(given.isin(missing)) if is_text else given
    plain = without_separators(given, **written) if is_text and written else given
    number = pd.to_numeric(plain, errors="coerce").astype("float64")
    refused = given.notna() & number.isna()
    is_missing = number.isin(pd.to_numeric(pd.Series(missing, dtype=object), errors="coerce"))
    number = number.mask(is_missing)
    if wanted.kind != "f":
        refused |= number.notna() & (number % 1 != 0)
        if number.isna().any() or refused.any():
            return number, 0, refused.to_numpy(dtype=bool)
    changed = int((column if is_text else column[is_missing]).notna().sum())
    return number.astype(wanted), changed, refused.to_numpy(dtype=bool)


def without_separators(
    text: pd.Series,
    *,
    thousands: str = "",
    decimal: str = ".",
    unit: str = "",
    negative: str = "-",
) -> pd.Series:
    """Return numbers as Python writes them; what is not written in this way is missing."""
    if negative == "()":
        text = text.str.replace(IN_PARENTHESES, r"-\1", regex=True)
    if unit:
        before = rf"^([+-]?)\s*{re.escape(unit)}\s*"  # -$5 and $-5 are equal
        text = text.str.replace(before, r"\1", regex=True).str.removesuffix(unit).str.strip()
    mark, point = re.escape(thousands), re.escape(decimal)
    whole = rf"(?:\d+|\d{{1,3}}(?:{mark}\d{{3}})+)" if thousands else r"\d+"
    text = text.where(text.str.fullmatch(rf"[+-]?{whole}(?:{point}\d+)?"))
    if thousands:
        text = text.str.replace(thousands, "", regex=False)
    return text.str.replace(decimal, ".", regex=False)


def to_dates(
    column: pd.Series, formats: Sequence[str] = (), missing: Sequence[str] = ()
) -> Converted:
    """Return dates without a timezone; those that tell one are put into UTC."""
    if pd.api.types.is_datetime64_any_dtype(column):
        dates = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz else column
        dates = pd.to_datetime(dates, errors="coerce").astype("datetime64[ns]")
        return dates, 0, (column.notna() & dates.isna()).to_numpy(dtype=bool)
    if pd.api.types.is_numeric_dtype(column):
        nothing = pd.Series(pd.NaT, index=column.index, name=column.name, dtype="datetime64[ns]")
        return nothing, 0, column.notna().to_numpy(dtype=bool)
    given = to_text(column)[0]
    given = given.mask(given.isin(missing)) if missing else given
    codes, words = pd.factorize(given)  # a date stands in many rows, and is read once
    left, read = (
        pd.Series(words),
        pd.Series(pd.NaT, index=range(len(words)), dtype="datetime64[ns]"),
    )
    for each in formats or ("ISO8601",):
        dates = pd.to_datetime(left, format=each, errors="coerce", utc=True).dt.tz_localize(None)
        read[left.index] = dates.astype("datetime64[ns]")
        left = left[read[left.index].isna()]
        if left.empty:
            break
    dates = pd.Series(read.array.take(codes, allow_fill=True), index=column.index, name=column.name)
    refused = given.notna() & dates.isna()
    return dates, int(dates.notna().sum()), refused.to_numpy(dtype=bool)


def to_truth(column: pd.Series, wanted: Any) -> Converted:
    """Return booleans of yes and no, true and false, 1 and 0; with gaps always pandas' own."""
    words = to_text(column)[0].str.casefold()
    truth = words.map(TRUTH)
    refused = words.notna() & truth.isna()
    dtype: Any = "boolean" if truth.isna().any() else wanted
    is_text = not pd.api.types.is_numeric_dtype(column)
    changed = int(truth.notna().sum()) if is_text else 0
    return truth.astype(dtype), changed, refused.to_numpy(dtype=bool)


def to_text(column: pd.Series) -> Converted:
    """Return the values as words without spaces around them; what is blank is missing."""
    none = np.zeros(len(column), dtype=bool)
    if pd.api.types.is_numeric_dtype(column):
        return _number_as_text(column), 0, none
    codes: np.ndarray = np.arange(len(column))
    values: Any = column
    if pd.api.types.infer_dtype(column) == "string":  # a word stands in many rows
        codes, values = pd.factorize(column)
    given = pd.Series(values).reset_index(drop=True).astype("string")
    text = given.str.strip()
    text = text.mask(text == "")
    differs = (given.notna() & (text.isna() | (text != given))).to_numpy(dtype=bool)
    changed = int(np.append(differs, False)[codes].sum())  # a missing value's code is -1
    words = text.array.take(codes, allow_fill=True)
    return pd.Series(words, index=column.index, name=column.name), changed, none


def _number_as_text(column: pd.Series) -> pd.Series:
    """Return numbers as text, whole ones without a point: 7.0 names the same customer as 7."""
    if pd.api.types.is_float_dtype(column):
        if (column.dropna() % 1 == 0).all():
            return column.astype("Int64").astype("string")
        column = column.map(lambda value: repr(value).removesuffix(".0"), na_action="ignore")
    return column.astype("string")
