"""What a case's contract says of a record, for programs and for people: types, ranges, categories."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from caselab.cases import Case
from caselab.data import conversions

if TYPE_CHECKING:
    import pandera.pandas as pa

Kind = Literal["number", "integer", "truth", "date", "words", "file"]

PYTHON: Mapping[Kind, tuple[type, ...]] = {
    "number": (int, float, str),
    "integer": (int, float, str),
    "truth": (bool, int, str),
    "date": (str,),
    "words": (str, int, float),
    "file": (str,),
}
"""Of what JSON has, what can be understood: 7 names the same customer as "7"."""

SAID: Mapping[Kind, str] = {
    "number": "a number",
    "integer": "a whole number",
    "truth": "true or false",
    "date": "a date as text",
    "words": "text",
    "file": "a file's bytes as base64 text",
}


@dataclass(frozen=True)
class Field:
    """A column that a record may have."""

    name: str
    kind: Kind
    required: bool
    nullable: bool
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    rule: str = ""
    """In words, what else must hold, or the range as the contract says it."""
    unit: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """Return it as JSON Schema."""
        types = {"number": "number", "integer": "integer", "truth": "boolean"}
        found: dict[str, Any] = {"type": types.get(self.kind, "string")}
        if self.kind == "date":
            found["format"] = "date-time"
        if self.kind == "file":
            found["contentEncoding"] = "base64"
        if self.choices:
            found["enum"] = [*self.choices, *([None] if self.nullable else [])]
        if self.low is not None:
            found["minimum"] = self.low
        if self.high is not None:
            found["maximum"] = self.high
        if told := "; ".join(filter(None, (self.rule, self.unit))):
            found["description"] = told
        if self.nullable:
            found["type"] = [found["type"], "null"]
        return found


def fields(case: Case) -> list[Field]:
    """Return the columns by which a case is asked, in its contract's order: not the target."""
    columns = case.contract().columns
    never = {case.target, case.official}
    return [
        _field(str(name), column, case) for name, column in columns.items() if name not in never
    ]


def schema(case: Case, found: Sequence[Field], example: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the JSON Schema of a record."""
    described: dict[str, Any] = {
        "title": case.title,
        "description": case.question,
        "type": "object",
        "properties": {field.name: field.schema for field in found},
        "required": [field.name for field in found if field.required],
        "additionalProperties": False,
    }
    return described | ({"example": example} if example else {})


_AS_IT_IS = frozenset((str, int, bool))


def plain(value: Any) -> Any:
    """Return a value of a table as JSON has it; what is missing is None."""
    if type(value) in _AS_IT_IS:  # nearly always, and of a batch tens of thousands
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, np.ndarray):
        return [plain(each) for each in value.tolist()]
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as JSON has them."""
    columns = {str(name): [plain(value) for value in table[name].tolist()] for name in table}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _field(name: str, column: pa.Column, case: Case) -> Field:
    low, high, choices, said = None, None, (), []
    kind = _kind(column)
    for check in column.checks:
        told = check.statistics or {}
        if allowed := told.get("allowed_values"):
            choices = tuple(plain(each) for each in allowed)
            continue
        if kind in ("number", "integer"):
            low = told.get("min_value", low)
            high = told.get("max_value", high)
        said += [check.error or str(check.name).replace("_", " ")]
    return Field(
        name=name,
        kind=kind,
        required=bool(column.required) and name not in case.unasked,
        nullable=bool(column.nullable) or name in case.unasked,
        choices=choices,
        low=plain(low),
        high=plain(high),
        rule="; ".join(said),
        unit=case.measured_in.get(name, ""),
    )


def _kind(column: pa.Column) -> Kind:
    dtype: Any = getattr(column.dtype, "type", None)
    if conversions.is_words(column):
        return "words"
    kinds: Mapping[str, Kind] = {"i": "integer", "u": "integer", "f": "number", "b": "truth"}
    kind = getattr(dtype, "kind", "")
    return "date" if kind == "M" else kinds.get(kind, "file")


def example(records: pd.DataFrame, found: Sequence[Field]) -> dict[str, Any] | None:
    """Return the first of some records as it may be asked."""
    names = [field.name for field in found if field.name in records]
    if records.empty:
        return None
    first: dict[str, Any] = rows(records[names].head(1))[0]
    return first if len(json.dumps(first)) < 20_000 else None
