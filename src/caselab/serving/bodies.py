"""What a request asks: records from JSON, CSV or Parquet, refused in one sentence where they are none."""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NoReturn

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from starlette.exceptions import HTTPException

from caselab.data.findings import nearest
from caselab.errors import UserError
from caselab.serving.fields import PYTHON, SAID, Field
from caselab.sources.own import tables

Form = Literal["json", "csv", "parquet"]
Types = frozenset[tuple[str, frozenset[type]]]

FORMS: Mapping[str, Form] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
    "application/parquet": "parquet",
}
"""By the media type of a body."""


@dataclass(frozen=True)
class Question:
    """Records of one request."""

    count: int
    columns: Mapping[str, list[Any]] = field(default_factory=dict)
    """Of JSON; a table is made of those of several requests at once."""
    table: pd.DataFrame | None = None
    """Of a file."""
    types: Types | None = None
    """What each column holds: tables of requests in which it is equal have the columns' types that
    each alone would have. None of a file."""

    @cached_property
    def records(self) -> pd.DataFrame:
        """The records as a table, which nobody changes."""
        return pd.DataFrame(self.columns) if self.table is None else self.table

    def part(self, rows: Sequence[int]) -> Question:
        """Return a question of some of the records, by their numbers from 0."""
        if self.table is not None:
            return Question(len(rows), table=self.table.iloc[[*rows]].reset_index(drop=True))
        columns = {name: [values[row] for row in rows] for name, values in self.columns.items()}
        return Question(len(rows), columns=columns, types=types_of(columns))


def form(content_type: str) -> Form:
    """Return what a body is, by its media type.

    Raises:
        HTTPException: it is nothing that can be read (415).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in FORMS:
        return FORMS[kind]
    raise HTTPException(
        415,
        f"The body's Content-Type is {kind or 'missing'}; send application/json, text/csv or "
        "application/vnd.apache.parquet.",
    )


def read(
    body: bytes,
    kind: Form,
    fields: Sequence[Field],
    most: int,
    words: tuple[str, ...] = (),
    target: str | None = None,
) -> Question:
    """Return what a body asks.

    `most` records are taken, `words` are the columns that are text though they look like numbers, and the
    `target` may stand there, as in the file that was learned from: it is not looked at.

    Raises:
        HTTPException: it cannot be read (400), asks too much (413), or its columns or types are not
            those of the fields (422).
    """
    if kind == "json":
        return _json(body, fields, most, target)
    found = _table(body, kind, most, words)
    _refuse_count(found.count, most)
    assert found.table is not None
    _refuse_unknown([*map(str, found.table.columns)], fields, target)
    return found


def _json(body: bytes, fields: Sequence[Field], most: int, target: str | None) -> Question:
    records = _parsed(body)
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise HTTPException(422, "The body is no record and no list of records; send JSON objects.")
    # Before there are columns: of names that differ from record to record they would be as many cells
    # as the square of the body.
    _refuse_count(len(records), most)
    names = list(dict.fromkeys(name for record in records for name in record))
    _refuse_unknown(names, fields, target)
    known = {each.name: each for each in fields}
    columns = {
        name: [
            _checked(record.get(name), known[name], row) for row, record in enumerate(records, 1)
        ]
        for name in names
        if name != target  # no version looks at it, so whatever it is goes no further
    }
    return Question(len(records), columns=columns, types=types_of(columns))


def _refuse_count(count: int, most: int) -> None:
    if count > most:
        raise HTTPException(
            413, f"The body has {count:,} records; {most:,} are the most, so send them in parts."
        )
    if count == 0:
        raise HTTPException(422, "The body has no record; send one at least.")


def types_of(columns: Mapping[str, list[Any]]) -> Types:
    """Return what each column holds."""
    return frozenset((name, frozenset(map(type, values))) for name, values in columns.items())


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_once
        )
    except UnicodeDecodeError:
        raise HTTPException(400, "The body is not UTF-8 text; send JSON in UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise HTTPException(
            400, f"The body is no JSON ({error.msg} in {place}); mend it."
        ) from None
    except RecursionError:
        raise HTTPException(400, "The body is nested too deep; send flat records.") from None
    except ValueError:  # a number of thousands of digits
        raise HTTPException(400, "The body has a number of too many digits; shorten it.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise HTTPException(
        400, f"The body has {name}, which is no JSON; leave the value out, or write null."
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise HTTPException(400, f"A record of the body has {twice!r} twice; leave one out.")
    return found


def _checked(value: Any, field: Field, row: int) -> Any:
    """Return a value as a table has it."""
    if value is None:
        return None
    if type(value) not in PYTHON[field.kind]:
        shown = json.dumps(value)
        shown = shown if len(shown) <= 40 else f"{shown[:39]}…"
        raise HTTPException(
            422, f"{field.name} of record {row} is {shown}; it must be {SAID[field.kind]}."
        )
    if isinstance(value, str):
        return _text(value, field, row)
    if isinstance(value, float) and not math.isfinite(value):
        raise HTTPException(422, f"{field.name} of record {row} is a number that no float holds.")
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise HTTPException(422, f"{field.name} of record {row} is a number that no machine holds.")
    return value


def _text(value: str, field: Field, row: int) -> Any:
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise HTTPException(
                422, f"{field.name} of record {row} has half a sign (a lone surrogate); mend it."
            ) from None
    if field.kind != "file":
        return value
    try:
        return base64.b64decode(value.partition(",")[2] or value, validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(
            422, f"{field.name} of record {row} is not base64; send {SAID['file']}."
        ) from None


def _table(body: bytes, kind: Form, most: int, words: tuple[str, ...]) -> Question:
    if kind == "parquet":
        _refuse_swollen(body, most)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"body.{kind}")
        file.write_bytes(body)
        try:
            table = tables.read(file, words=words)
        except UserError as error:
            raise HTTPException(400, str(error).replace(str(file), "The body")) from None
    return Question(len(table), table=table)


def _refuse_swollen(body: bytes, most: int) -> None:
    """Refuse what a small file would become in memory."""
    try:
        rows = pq.read_metadata(io.BytesIO(body)).num_rows
    except (pa.ArrowException, OSError, ValueError):
        return  # told by who reads it
    if rows > most:
        raise HTTPException(
            413, f"The body has {rows:,} records; {most:,} are the most, so send them in parts."
        )


def _refuse_unknown(names: Sequence[str], fields: Sequence[Field], target: str | None) -> None:
    known = [field.name for field in fields]
    allowed = {*known, target}
    unknown = [name for name in names if name not in allowed]
    if not unknown:
        return
    near = nearest(unknown[0], known)
    hint = f"; is it {near!r}?" if near else f"; known: {', '.join(known)}."
    what = "is no column" if len(unknown) == 1 else "are no columns"
    listed = ", ".join(map(repr, unknown[:3])) + (", …" if unknown[3:] else "")
    raise HTTPException(422, f"{listed} {what} of this case{hint}")
