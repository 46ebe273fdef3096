"""Hold records against a case's contract, and tell what in them breaks it.

The contract is a pandera schema; pandera judges, this file prepares the records and does the
talking (`findings.py`). Of a few records `compiled.py` judges alike, in a tenth of the time.
Harmless differences are put right and counted: numbers, dates, yes and no written as text, blanks
for missing values, spaces around a word (`conversions.py`). A column that the contract does not know
is dropped and told, unless it looks like a misspelling of one that is absent.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from caselab.data import compiled, conversions, findings
from caselab.data.compiled import FEW
from caselab.data.findings import KINDS, SHOWN, Finding, Judged, Kind, listed, nearest
from caselab.errors import UserError

if TYPE_CHECKING:
    import pandera.pandas as pa


class Contract:
    """A case's schema, ready to be held against records."""

    def __init__(self, schema: pa.DataFrameSchema):
        self.schema = schema
        _check_patterns(schema)

    @cached_property
    def functions(self) -> dict[str, compiled.Column] | None:
        """What each column must keep, as functions; None where only pandera knows."""
        return compiled.columns(self.schema)

    def judge(
        self,
        records: pd.DataFrame,
        where: str = "the records",
        *,
        absent: Collection[str] = (),
        few: int = FEW,
    ) -> Judged:
        """Judge every row; of columns that may be `absent` only those that are there.

        Up to `few` records are judged without pandera.

        Raises:
            UserError: a column is missing or misspelt, or stands there twice.
        """
        known = [name for name in self.schema.columns if name in records or name not in absent]
        dropped = _check_names([str(name) for name in records.columns], self.schema, known, where)
        present = [name for name in known if name in records]
        judged = None
        if len(records) <= few and self.functions is not None:
            judged = compiled.judge(records, present, self.schema, self.functions)
        judged = judged or self._by_pandera(records, present)
        found = sorted(
            judged.findings, key=lambda each: (present.index(each.column), KINDS.index(each.kind))
        )
        return replace(judged, dropped=dropped, findings=tuple(found))

    def _by_pandera(self, records: pd.DataFrame, present: Sequence[str]) -> Judged:
        import pandera.pandas as pa

        columns, converted, found = {}, {}, []
        for name in present:
            column, changed, odd = conversions.convert(records[name], self.schema.columns[name])
            columns[name] = column.reset_index(drop=True)
            found += odd
            if changed:
                converted[name] = changed
        checked = pd.DataFrame(columns, index=range(len(records)))
        schema = self.schema
        if left_out := [name for name in schema.columns if name not in columns]:
            schema = schema.remove_columns(left_out)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # pandera's own, listing failures
                checked = schema.validate(checked, lazy=True)
        except pa.errors.SchemaErrors as error:
            found += _broken(error.failure_cases, checked, schema, found)
        return Judged(checked, (), converted, tuple(found))


def check(
    records: pd.DataFrame,
    schema: pa.DataFrameSchema,
    where: str = "the records",
    *,
    first_row: int = 0,
) -> Judged:
    """Return the records in the contract's types, where nothing breaks it.

    `first_row` is where a batch of a larger table begins, for messages.

    Raises:
        UserError: a column is missing or misspelt; values are of a wrong type, out of range,
            unknown, missing or not unique.
    """
    judged = Contract(schema).judge(records, where)
    if judged.findings:
        raise findings.error(where, judged.findings, first_row)
    return judged


def words(schema: pa.DataFrameSchema) -> list[str]:
    """Return the columns that hold words, which may look like numbers where rows are few."""
    return [name for name, column in schema.columns.items() if conversions.is_words(column)]


def _check_patterns(schema: pa.DataFrameSchema) -> None:
    """Refuse a pattern of names: a question that lacks some of its columns would go unnoticed."""
    for name, column in schema.columns.items():
        if column.regex:
            raise UserError(
                f"The contract names columns by the pattern {name!r} (regex=True), so that one "
                "that is missing would not be noticed; give each column by its full name."
            )


def _check_names(
    found: list[str], schema: pa.DataFrameSchema, known: Sequence[str], where: str
) -> tuple[str, ...]:
    """Return the columns to drop."""
    extra = [name for name in found if name not in schema.columns]
    absent = [name for name in known if name not in found]
    required = [name for name in absent if schema.columns[name].required]
    if required:
        hints = ((name, nearest(name, extra)) for name in required)
        told = [f"{name!r}" + (f" (is it {near!r}?)" if near else "") for name, near in hints]
        what, it = ("is no column", "it") if len(told) == 1 else ("are no columns", "them")
        mend = f"add {it}"
        if extra:
            unknown = f"the contract does not know ({listed(extra, 2 * SHOWN)})"
            mend += (
                f", or rename {'one of the columns' if extra[1:] else 'the column'} that {unknown}"
            )
        raise UserError(f"In {where} there {what} {listed(told, 2 * SHOWN)}; {mend}.")
    for name in extra:
        if near := nearest(name, absent):
            raise UserError(
                f"In {where} the column {name!r} looks like a misspelling of {near!r}; "
                "rename or remove it."
            )
    if len({*found}) < len(found):
        name = next(each for each in found if found.count(each) > 1)
        raise UserError(f"In {where} there are two columns {name!r}; rename or remove one.")
    return tuple(extra)


def _broken(
    failures: pd.DataFrame,
    records: pd.DataFrame,
    schema: pa.DataFrameSchema,
    converted: Sequence[Finding],
) -> list[Finding]:
    """Return what pandera found, beside what conversion has told already."""
    found = []
    unread = {each.column: each.rows for each in converted if each.kind == "unread"}
    fractions = {each.column for each in converted if each.kind == "fraction"}
    failures = failures.sort_values("check_number", kind="stable")
    for key, cases in failures.groupby(["column", "check"], sort=False):
        name, rule = map(str, key)
        column = schema.columns[name]
        kind: Kind = "outside"
        allowed: Sequence[Any] = ()
        rows = np.sort(cases["index"].dropna().unique().astype(int))
        if rule == "not_nullable":
            kind, rule, rows = "missing", "", np.setdiff1d(rows, unread.get(name, ()))
        elif rule == "field_uniqueness":
            kind, rule, rows = "repeated", "", rows[records[name].notna().to_numpy()[rows]]
        elif rule.startswith("dtype("):
            if not records[name].isna().any() and name not in fractions:
                found.append(Finding(name, "type", str(column.dtype), rows[:0]))
            continue  # else whole numbers with gaps, told as missing
        else:
            check = column.checks[int(cases["check_number"].iloc[0])]
            kind, allowed = findings.of_check(check)
        if len(rows):
            found.append(
                Finding(name, kind, rule, rows, records[name].iloc[rows].tolist(), allowed)
            )
    return found
