"""The log of requests in PostgreSQL: one table, a row a record.

By what a row is known stands in columns; other facts of the request, the record and its answer are JSON as it
was written (PostgreSQL's `json`: its `jsonb` would make 100000 of 1e5 and refuse signs that a text may hold), so
that what is read has the types in which it was asked. What JSON has not is written {"bytes": base64},
{"time": ISO}, {"float": "inf"} or {"map": …}.

What is written twice, because nobody knew whether it had arrived, stands there once.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from caselab.project import postgresql
from caselab.serving.stacking import stacked

VARIABLE = "CASELAB_REQUESTS"
"""Of the environment: the database's address."""

KEY = ("request_id", "row", "time", "version")

_CREATE = """
CREATE TABLE IF NOT EXISTS requests (
    "case" text NOT NULL,
    request_id text NOT NULL,
    "row" bigint NOT NULL,
    "time" timestamptz NOT NULL,
    version bigint NOT NULL,
    facts json NOT NULL,
    record json NOT NULL,
    answer json NOT NULL,
    PRIMARY KEY ("case", request_id, "row", version)
);
CREATE INDEX IF NOT EXISTS requests_by_time ON requests ("case", "time");
"""
_WRITE = """
INSERT INTO requests ("case", request_id, "row", "time", version, facts, record, answer)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_READ = """
SELECT request_id, "row", "time", version, facts::text, record::text, answer::text FROM requests
WHERE "case" = %s AND "time" >= coalesce(%s::timestamptz, '-infinity')
    AND "time" < coalesce(%s::timestamptz, 'infinity') AND version = coalesce(%s, version)
"""
_CREATING = 7_215_644
"""What PostgreSQL knows the lock by under which the table is made; any number would do."""


def create(address: str) -> None:
    """Make the table where there is none.

    Raises:
        UnreachableError: the database cannot be used.
    """
    with postgresql.connected(address, VARIABLE) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_CREATING])
        connection.execute(_CREATE)


def write(
    address: str, case: str, tables: Iterable[pd.DataFrame], record: str, answer: str
) -> None:
    """Write rows of the log down, all of them or none.

    `record` and `answer` are what the columns of each begin with.

    Raises:
        UnreachableError: the database cannot be used.
    """
    rows = []
    for table in tables:
        for row in table.to_dict("records"):
            known = [row.pop(name) for name in KEY]
            parts = _json(row, record), _json(row, answer)
            rows.append([case, *known, json.dumps(row), *parts])
    with postgresql.connected(address, VARIABLE) as connection:
        connection.cursor().executemany(_WRITE, rows)


def read(
    address: str,
    case: str,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    version: int | None,
    record: str,
    answer: str,
) -> pd.DataFrame:
    """Return what was written from `start` on and before `end`, by `version` where one is named.

    Raises:
        UnreachableError: the database cannot be used.
    """
    with postgresql.connected(address, VARIABLE) as connection:
        if connection.execute("SELECT to_regclass('requests')").fetchone() == (None,):
            return pd.DataFrame()
        connection.execute("SET TIME ZONE 'UTC'")  # of two offsets pandas makes no times
        found = connection.execute(_READ, [case, start, end, version]).fetchall()
    rows = []
    for *known, facts, asked, answered in found:
        row = dict(zip(KEY, known, strict=True)) | json.loads(facts)
        row |= {record + name: _value(each) for name, each in json.loads(asked).items()}
        row |= {answer + name: _value(each) for name, each in json.loads(answered).items()}
        rows.append(row)
    names = dict.fromkeys(name for row in rows for name in row)
    return pd.DataFrame({name: _column([row.get(name) for row in rows]) for name in names})


def _json(row: dict[Any, Any], prefix: str) -> str:
    """Take out of a row what begins with a prefix, and return it as JSON."""
    names = [name for name in row if name.startswith(prefix)]
    return json.dumps({name.removeprefix(prefix): _plain(row.pop(name)) for name in names})


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {"map": {str(name): _plain(each) for name, each in value.items()}}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if pd.isna(value):
        return None
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, date):
        return {"time": value.isoformat()}
    return value if isinstance(value, bool | int | float | str) else str(value)


def _value(plain: Any) -> Any:
    """Return what was written as `_plain` gave it."""
    if isinstance(plain, list):
        return [_value(each) for each in plain]
    if not isinstance(plain, dict):
        return plain
    ((kind, value),) = plain.items()
    if kind == "map":
        return {name: _value(each) for name, each in value.items()}
    if kind == "bytes":
        return base64.b64decode(value)
    return float(value) if kind == "float" else pd.Timestamp(value)


def _column(values: list[Any]) -> pd.Series:
    """Return values as one column, stacked as tables of requests are that came with other types."""
    kinds = dict.fromkeys(type(value) for value in values if value is not None)
    if not kinds:
        return pd.Series(values, dtype=object)
    first, *others = kinds
    places = [[i for i, value in enumerate(values) if type(value) is kind] for kind in others]
    taken = {i for group in places for i in group}
    places.insert(0, [i for i in range(len(values)) if i not in taken])  # the missing, too
    parts = [
        pd.DataFrame({"": _alike([values[i] for i in group], kind)})
        for group, kind in zip(places, (first, *others), strict=True)
    ]
    order = np.argsort(np.concatenate([np.array(group, dtype=int) for group in places]))
    return stacked(parts)[""].iloc[order].reset_index(drop=True)


_DTYPES = {bool: "boolean", int: "Int64", float: "float64"}


def _alike(values: list[Any], kind: type) -> pd.Series:
    """Return values of one kind, and gaps among them."""
    if issubclass(kind, date):
        return pd.Series(pd.to_datetime(values))
    return pd.Series(values, dtype=_DTYPES.get(kind, object))
