"""Hold records against a case's contract, and say in one sentence where they break it.

The contract is a pandera schema; pandera judges, this file prepares the records and does the
talking. Harmless differences are put right and counted: numbers, dates, yes and no written as text,
blanks for missing values, spaces around a word (`conversions.py`). A column that the contract does
not know is dropped and told, unless it looks like a misspelling of one that is absent.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from caselab.data import conversions
from caselab.errors import UserError

if TYPE_CHECKING:
    import pandera.pandas as pa

SHOWN = 3
"""How many columns, and values of each, a message shows."""


@dataclass(frozen=True)
class Checked:
    """Records that keep their contract, and what was done so that they do."""

    records: pd.DataFrame  # the contract's columns, in its order and its types
    dropped: tuple[str, ...]  # columns that the contract does not know
    converted: dict[str, int]  # column -> rows whose value was put into another form


def check(
    records: pd.DataFrame,
    schema: pa.DataFrameSchema,
    where: str = "the records",
    *,
    first_row: int = 0,
) -> Checked:
    """Return the records in the contract's types.

    To check records without a target or an id, give `schema.remove_columns([...])`. `first_row`
    is where a batch of a larger table begins, for messages.

    Raises:
        UserError: a column is missing or misspelt; values are of a wrong type, out of range,
            unknown, missing or not unique.
    """
    import pandera.pandas as pa

    _check_patterns(schema)
    dropped = _check_names([str(name) for name in records.columns], schema, where)
    clause = partial(_clause, first_row=first_row)
    columns, converted, broken = {}, {}, []
    for name in (name for name in schema.columns if name in records.columns):
        column, changed, refused, reason = _convert(records[name], schema.columns[name])
        columns[name] = column.reset_index(drop=True)
        if changed:
            converted[name] = changed
        if refused.any():
            broken.append(clause(name, reason, refused, records[name]))
    if broken:
        raise _error(where, broken)
    checked = pd.DataFrame(columns)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # pandera's own, while it lists failures
            checked = schema.validate(checked, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise _error(where, _clauses(error.failure_cases, checked, schema, clause)) from None
    return Checked(checked, dropped, converted)


def words(schema: pa.DataFrameSchema) -> list[str]:
    """Return the columns that hold words, which may look like numbers where rows are few."""
    return [name for name, column in schema.columns.items() if _is_words(column)]


def check_unique(column: pd.Series, where: str) -> None:
    """Refuse values that stand twice, in whatever batches they came.

    Raises:
        UserError: there are some.
    """
    twice = column.duplicated(keep=False).to_numpy()
    if twice.any():
        raise _error(where, [_clause(str(column.name), "that share a value", twice, column)])


def _check_patterns(schema: pa.DataFrameSchema) -> None:
    """Refuse a pattern of names: a question that lacks some of its columns would go unnoticed."""
    for name, column in schema.columns.items():
        if column.regex:
            raise UserError(
                f"The contract names columns by the pattern {name!r} (regex=True), so that one "
                "that is missing would not be noticed; give each column by its full name."
            )


def _check_names(found: list[str], schema: pa.DataFrameSchema, where: str) -> tuple[str, ...]:
    """Return the columns to drop."""
    extra = [name for name in found if name not in schema.columns]
    absent = [name for name in schema.columns if name not in found]
    required = [name for name in absent if schema.columns[name].required]
    if required:
        hints = ((name, _nearest(name, extra)) for name in required)
        told = [f"{name!r}" + (f" (is it {near!r}?)" if near else "") for name, near in hints]
        raise UserError(
            f"In {where} there is no column {_listed(told, 2 * SHOWN)}; add it, or rename one of "
            f"the columns that the contract does not know ({_listed(extra, 2 * SHOWN) or 'none'})."
        )
    for name in extra:
        if near := _nearest(name, absent):
            raise UserError(
                f"In {where} the column {name!r} looks like a misspelling of {near!r}; "
                "rename or remove it."
            )
    return tuple(extra)


def _convert(column: pd.Series, wanted: pa.Column) -> tuple[pd.Series, int, np.ndarray, str]:
    """Return the column in the contract's type, how many rows changed, which refuse, and why."""
    dtype: Any = getattr(wanted.dtype, "type", None)
    kind = getattr(dtype, "kind", "")
    written = wanted.metadata or {}
    if kind == "M":
        return *conversions.to_dates(column, **written), "that are no date"
    if kind == "b" and column.dtype != dtype:
        return *conversions.to_truth(column, dtype), "that are neither yes nor no"
    if kind in {"i", "u", "f"} and (column.dtype != dtype or "missing" in written):
        return *conversions.to_numbers(column, dtype, written), "that are no number"
    if _is_words(wanted):
        text, changed, refused = conversions.to_text(column)
        return text.astype(object).where(text.notna(), None), changed, refused, ""
    return column, 0, np.zeros(len(column), dtype=bool), ""


def _is_words(wanted: pa.Column) -> bool:
    """Tell words from objects such as pictures, which are as given."""
    dtype: Any = getattr(wanted.dtype, "type", None)
    return getattr(dtype, "kind", "") in {"U", "O"} and dtype != np.dtype(object)


def _clauses(
    failures: pd.DataFrame,
    records: pd.DataFrame,
    schema: pa.DataFrameSchema,
    clause: Callable[..., str],
) -> list[str]:
    clauses = []
    for key, cases in failures.groupby(["column", "check"], sort=False):
        name, rule = map(str, key)
        rows = records.index.isin(cases["index"].dropna().astype(int))
        if rule == "not_nullable":
            clauses.append(clause(name, "without a value", rows))
        elif rule == "field_uniqueness":
            clauses.append(clause(name, "that share a value", rows, records[name]))
        elif rule.startswith("dtype("):
            if not records[name].isna().any():  # else whole numbers with gaps, told as missing
                clauses.append(f"column {name!r} is not of the type {schema.columns[name].dtype}")
        else:
            position = int(cases["check_number"].iloc[0])
            allowed = schema.columns[name].checks[position].statistics.get("allowed_values")
            broken = f"outside {rule}"
            if allowed is not None:
                near = _nearest(str(cases["failure_case"].iloc[0]), [str(each) for each in allowed])
                hint = f"; is it {near!r}?" if near else ""
                broken = f"with an unknown value (known: {', '.join(map(repr, allowed))}{hint})"
            clauses.append(clause(name, broken, rows, records[name]))
    return clauses


def _clause(
    name: str,
    what: str,
    rows: np.ndarray,
    values: pd.Series | None = None,
    *,
    first_row: int = 0,
) -> str:
    count, first = int(rows.sum()), first_row + int(rows.argmax()) + 1
    clause = f"column {name!r} has {count:,} row{'s' * (count > 1)} {what}"
    if values is not None:
        clause += f": {_listed([repr(value) for value in values[rows].unique().tolist()], SHOWN)}"
    return f"{clause} (first in row {first:,})"


def _error(where: str, clauses: list[str]) -> UserError:
    more = len(clauses) - SHOWN
    told = "; ".join(clauses[:SHOWN]) + (f"; and {more} more like these" if more > 0 else "")
    return UserError(f"In {where} {told}; mend these rows or leave them out.")


def _listed(words: Sequence[str], limit: int) -> str:
    return ", ".join(words[:limit]) + (", …" if len(words) > limit else "")


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """Return the name that differs only in case, signs or a few letters."""
    bare = {_bare(each): each for each in names}
    near = difflib.get_close_matches(_bare(name), list(bare), n=1, cutoff=0.75)
    return bare[near[0]] if near else None


def _bare(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
