"""A contract's columns as plain functions, which judge a few records in a millisecond.

pandera judges tables; asked about one row it costs more than the pipeline. What stands here says of
a column what `contracts.judge` says by pandera, or nothing where it does not know (a test compares
both on random tables); values in another form than the contract's are converted as they are there.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from caselab.data import conversions, findings
from caselab.data.findings import Finding, Judged

if TYPE_CHECKING:
    import pandera.pandas as pa

FEW = 100
"""Records up to which these functions judge."""

EXACT = 2**53
"""Whole numbers below it are floats, too."""

Rule = Callable[[Any], bool]

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "greater_than_or_equal_to": operator.ge,
    "greater_than": operator.gt,
    "less_than_or_equal_to": operator.le,
    "less_than": operator.lt,
}


@dataclass(frozen=True)
class Column:
    """What one column must keep."""

    dtype: Any  # NumPy's, or pandas' own of booleans
    rules: tuple[Rule, ...]  # of each of the contract's checks, in their order, on a value
    convertible: bool  # whether numbers and dates are what they look like


def columns(schema: pa.DataFrameSchema) -> dict[str, Column] | None:
    """Return what each column must keep; None where the contract says what is not known here."""
    if schema.checks or schema.parsers or schema.unique or schema.coerce or schema.dtype:
        return None
    found = {name: _column(column) for name, column in schema.columns.items()}
    known = {name: column for name, column in found.items() if column is not None}
    return known if len(known) == len(found) else None


def judge(
    records: pd.DataFrame,
    present: Sequence[str],
    schema: pa.DataFrameSchema,
    functions: Mapping[str, Column],
) -> Judged | None:
    """Judge the columns that are `present`; None where only pandera knows what to say of one."""
    columns: dict[str, Any] = {}
    changed: dict[str, int] = {}
    found: list[Finding] = []
    for name in present:
        wanted, rules = functions[name], schema.columns[name]
        values = _converted(records[name], wanted)
        odd: list[Finding] = []
        if values is None:
            column, count, odd = conversions.convert(records[name], rules)
            changed |= {name: count} if count else {}
            values = (
                column.array if pd.api.types.is_extension_array_dtype(column) else column.to_numpy()
            )
            is_other = values.dtype != (object if wanted.dtype.kind == "U" else wanted.dtype)
            if is_other and not (pd.isna(values).any() or any(e.kind == "fraction" for e in odd)):
                return None
        # A frame would make dates of objects that look like some.
        objects = wanted.dtype.kind == "O" and values.dtype == object
        columns[name] = pd.Series(values, dtype=object) if objects else values
        found += [*odd, *_broken(name, values, wanted, rules, odd)]
    return Judged(pd.DataFrame(columns, index=range(len(records))), (), changed, tuple(found))


def _broken(
    name: str, values: Any, wanted: Column, rules: pa.Column, odd: Sequence[Finding]
) -> list[Finding]:
    """Return the rules that values in the contract's type break."""
    found = []
    missing = pd.isna(values)
    unread = [row for each in odd if each.kind == "unread" for row in each.rows.tolist()]
    if not rules.nullable and missing.any():
        rows = np.setdiff1d(np.flatnonzero(missing), unread)
        found.append(Finding(name, "missing", "", rows))
    if rules.unique:
        twice = findings.repeated(pd.Series(values, name=name))
        found += [twice] if twice else []
    if wanted.rules:
        present = np.flatnonzero(~missing)
        each = list(zip(present.tolist(), pd.Series(values[present]).tolist(), strict=True))
        for check, keeps in zip(rules.checks, wanted.rules, strict=True):
            broken = [row for row, value in each if not keeps(value)]
            kind, allowed = findings.of_check(check)
            rule = check.error or check.name
            found.append(Finding(name, kind, rule, np.array(broken, dtype=int), [], allowed))
    told = (each for each in found if len(each.rows))
    return [replace(each, given=pd.Series(values[each.rows]).tolist()) for each in told]


def _converted(column: pd.Series, wanted: Column) -> np.ndarray | None:
    """Return values in the contract's type where they are so as they stand, else None."""
    dtype, kind = column.dtype, wanted.dtype.kind
    if kind == "U":
        return _words(column)
    if not wanted.convertible or not isinstance(dtype, np.dtype):
        return None
    if dtype == wanted.dtype:
        return column.to_numpy()
    if kind == "f" and dtype.kind in "iu":
        return column.to_numpy().astype(wanted.dtype)
    if kind in "iu" and dtype.kind == "f":
        values = column.to_numpy()
        if (abs(values) < EXACT).all() and (values % 1 == 0).all():
            return values.astype(wanted.dtype)
    return None


def _column(column: pa.Column) -> Column | None:
    dtype = getattr(column.dtype, "type", None)
    rules = [_rule(check, dtype) for check in column.checks]
    is_numpys = isinstance(dtype, np.dtype) and dtype.kind in "UiufbMO"
    plain = is_numpys or isinstance(dtype, pd.BooleanDtype)
    if not plain or column.regex or column.coerce or column.parsers or None in rules:
        return None
    if column.drop_invalid_rows or column.report_duplicates != "all":
        return None
    convertible = "missing" not in (column.metadata or {})
    return Column(dtype, tuple(rule for rule in rules if rule), convertible)


def _rule(check: pa.Check, dtype: Any) -> Rule | None:
    """Return what a check says of one value, None where only pandera knows."""
    kind, told = getattr(dtype, "kind", ""), check.statistics or {}
    if check.groupby or check.raise_warning or not check.ignore_na or check.n_failure_cases:
        return None
    if check.name == "isin" and kind in "Uiuf":
        allowed = frozenset(told["allowed_values"])
        return allowed.__contains__ if all(_is_of(kind, each) for each in allowed) else None
    if check.name == "str_length" and kind == "U":
        return partial(_has_length, **told)
    if check.name == "str_matches" and kind == "U":
        return partial(_matches, re.compile(told["pattern"]))
    bounds = [told.get(name) for name in ("min_value", "max_value") if name in told]
    if kind not in ("i", "u", "f", "M") or not all(_is_of(kind, bound) for bound in bounds):
        return None
    if str(check.name) in COMPARISONS:
        return partial(_compares, COMPARISONS[str(check.name)], bounds[0])
    if check.name == "in_range":
        above = operator.ge if told["include_min"] else operator.gt
        below = operator.le if told["include_max"] else operator.lt
        return partial(_lies_between, above, bounds[0], below, bounds[1])
    return None


def _is_of(kind: str, value: Any) -> bool:
    """Tell whether Python compares a value with those of a column as pandas does."""
    if kind == "M":
        return isinstance(value, pd.Timestamp) and value.tz is None
    return type(value) is str if kind == "U" else type(value) in (int, float)


def _words(column: pd.Series) -> np.ndarray | None:
    if pd.api.types.is_integer_dtype(column.dtype) and isinstance(column.dtype, np.dtype):
        return np.array([str(value) for value in column.tolist()], dtype=object)
    if not (column.dtype == object or isinstance(column.dtype, pd.StringDtype)):
        return None
    words = np.empty(len(column), dtype=object)
    for row, value in enumerate(column.tolist()):
        if type(value) is str and value and value == value.strip():
            words[row] = value
        elif value is None or value is pd.NA or (type(value) is float and np.isnan(value)):
            words[row] = None
        else:
            return None
    return words


def _compares(compare: Callable[[Any, Any], Any], bound: Any, value: Any) -> bool:
    return bool(compare(value, bound))


def _lies_between(
    above: Callable[[Any, Any], Any],
    low: Any,
    below: Callable[[Any, Any], Any],
    high: Any,
    value: Any,
) -> bool:
    return bool(above(value, low) and below(value, high))


def _matches(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.match(value) is not None


def _has_length(
    value: str,
    min_value: int | None = None,
    max_value: int | None = None,
    exact_value: int | None = None,
) -> bool:
    if exact_value is not None:
        return len(value) == exact_value
    return (min_value or 0) <= len(value) <= (len(value) if max_value is None else max_value)
