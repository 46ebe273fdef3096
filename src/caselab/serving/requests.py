"""The log of requests and answers: Parquet files by day, or a PostgreSQL; one row a record.

Its columns are `request_id`, `row` (the record's number in its request, from 1), `time` (UTC), `version`,
`latency` (milliseconds that its request took), `trial` (by name, where the answer counts in one), `shadow`
(whether the version was only asked, and the client told another's answer), the record's columns behind `record.`, and the answer's
behind `answer.`, so that they never collide. Each column has the type in which it was asked, and is
text where that differed from request to request, as a contract reads it.

The files are told of in request_parts.py. In their place the environment's CASELAB_REQUESTS may name a
PostgreSQL (request_tables.py).
"""

from __future__ import annotations

import os
import uuid
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from caselab import cases
from caselab.data import conversions
from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.errors import UserError
from caselab.project import places, postgresql
from caselab.serving import request_parts, request_tables

RECORD, ANSWER = "record.", "answer."
"""What columns of records and of answers begin with."""

_ALWAYS = {
    "request_id": "object",
    "row": "int64",
    "time": "datetime64[ns, UTC]",
    "version": "int64",
    "latency": "float64",
    "trial": "object",
    "shadow": "bool",
}


@dataclass(frozen=True)
class Answered:
    """A request that was answered."""

    request_id: str
    time: datetime
    """When it came, with its timezone."""
    version: int
    latency: float
    """Milliseconds."""
    records: pd.DataFrame  # (n_records, n_columns), as they came
    answers: pd.DataFrame
    """One row a record; where the case makes rows of several records, one for each of its ids."""
    rows: Sequence[int] = ()
    """The records' numbers in their request, from 1, where others are another version's."""
    trial: str = ""
    shadow: bool = False
    """Whether no client saw the answers; the records are written with those that it did see."""


class RequestLog:
    """Where one process writes down what a case was asked and answered."""

    def __init__(self, case: str, hidden: Collection[str] = ()):
        """Of columns that are `hidden` nothing is written, nor what notes say, which may quote them."""
        self.case, self.hidden = case, frozenset(hidden)
        self._writer = uuid.uuid4().hex[:12]
        self._numbers: defaultdict[Path, Iterator[int]] = defaultdict(lambda: count(1))

    def write(self, answered: Iterable[Answered]) -> None:
        """Write requests down, a part for each day of theirs, or as rows of the database.

        Raises:
            UnreachableError: there is a database and it cannot be used; nothing was written then.
        """
        if (to := database()) is not None:
            tables = [_table(alike, self.hidden) for alike in _alike(self.case, answered).values()]
            request_tables.write(to, self.case, tables, RECORD, ANSWER)
            return
        days: defaultdict[Path, list[pd.DataFrame]] = defaultdict(list)
        for (folder, *_), alike in _alike(self.case, answered).items():
            days[folder].append(_table(alike, self.hidden))
        for folder, tables in days.items():
            number = next(self._numbers[folder])
            request_parts.write(folder, self._writer, number, tables)


def database() -> str | None:
    """Return the address of the database that holds the log, None where files do.

    Raises:
        UserError: it is none of PostgreSQL.
    """
    address = os.environ.get(request_tables.VARIABLE)
    if address and not postgresql.is_one(address):
        raise UserError(
            f"{request_tables.VARIABLE} is no address of a PostgreSQL; write it like "
            "postgresql://user:password@host/name, or unset it to have the log as files."
        )
    return address or None


def ready() -> None:
    """See that the log can be written.

    Raises:
        UserError: it cannot.
    """
    if (to := database()) is not None:
        request_tables.create(to)


def write(case: str, answered: Answered, hidden: Collection[str] = ()) -> None:
    """Write one request down."""
    RequestLog(case, hidden).write([answered])


def read(
    case: str,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    version: int | None = None,
    *,
    shadow: bool = False,
) -> pd.DataFrame:
    """Return what was asked and answered from `since` on and before `until`, the oldest first.

    Times without a timezone are UTC; `version` is the one that answered. With `shadow` it is what
    versions answered in the shadow, without the records, and else what clients were told.

    Raises:
        UserError: a database holds the log and cannot be used.
    """
    start, end = _moment(since), _moment(until)
    if (of := database()) is not None:
        found = _typed(request_tables.read(of, case, start, end, version, RECORD, ANSWER))
    else:
        found = _typed(request_parts.read(places.requests(case), start, end))
    kept = (found["shadow"] == shadow).to_numpy()
    if start is not None:
        kept &= (found["time"] >= start).to_numpy()
    if end is not None:
        kept &= (found["time"] < end).to_numpy()
    if version is not None:
        kept &= (found["version"] == version).to_numpy()
    found = found[kept].sort_values(["time", "request_id", "row"], ignore_index=True)
    if shadow:
        return found.drop(columns=[name for name in map(str, found) if name.startswith(RECORD)])
    return found


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    """Return what was read in the types in which it was written, also of before there were trials."""
    if not len(found):
        return pd.DataFrame(columns=[*_ALWAYS]).astype(_ALWAYS)
    for name, none in (("trial", ""), ("shadow", False)):
        found[name] = found[name].where(found[name].notna(), none) if name in found else none
    return found.astype(_ALWAYS)


def records(log: pd.DataFrame) -> pd.DataFrame:
    """Return of a log the records as they were asked, by their own names."""
    return _behind(log, RECORD)


def answers(log: pd.DataFrame) -> pd.DataFrame:
    """Return of a log the answers, by their own names."""
    return _behind(log, ANSWER)


def _behind(log: pd.DataFrame, prefix: str) -> pd.DataFrame:
    names = [name for name in map(str, log) if name.startswith(prefix)]
    return log[names].set_axis([name.removeprefix(prefix) for name in names], axis="columns")


def _moment(time: datetime | str | None) -> pd.Timestamp | None:
    if time is None:
        return None
    moment = pd.Timestamp(time)
    return moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")


def _day(case: str, time: datetime) -> Path:
    moment = _moment(time)
    assert moment is not None
    return places.requests(case) / moment.strftime("%Y-%m-%d")


def _alike(
    case: str, answered: Iterable[Answered]
) -> Mapping[tuple[Path, Hashable, Hashable], list[Answered]]:
    """Return requests by day and by the types of their columns: a table of many costs as one of one."""
    found: defaultdict[tuple[Path, Hashable, Hashable], list[Answered]] = defaultdict(list)
    gathers = cases.load(case).aggregate is not None
    for each in answered:
        if gathers or len(each.answers) != len(each.records):
            answers = _at_their_records(each.records, each.answers)
            records = each.records.reindex(answers.index)
            each = replace(each, records=records, answers=answers)
        if each.shadow:
            each = replace(each, records=each.records[[]])
        found[_day(case, each.time), _types(each.records), _types(each.answers)].append(each)
    return found


def _types(table: pd.DataFrame) -> Hashable:
    return tuple(table.columns), tuple(table.dtypes)


def _table(alike: Sequence[Answered], hidden: Collection[str]) -> pd.DataFrame:
    """Return one row a record, of requests whose columns have the same types."""
    records = pd.concat([each.records for each in alike], ignore_index=True)
    answers = pd.concat([each.answers for each in alike], ignore_index=True)
    records = records.drop(columns=[name for name in records if name in hidden])
    answers = answers.drop(columns=[name for name in answers if name in hidden])
    if COLUMN in answers and hidden:
        answers = answers.assign(**{COLUMN: [*map(_told, answers[COLUMN])]})
    sizes = [len(each.answers) for each in alike]
    rows = [each.rows or range(1, 1 + size) for each, size in zip(alike, sizes, strict=True)]
    about = pd.DataFrame(
        {
            "request_id": np.repeat(np.array([e.request_id for e in alike], dtype=object), sizes),
            "row": np.concatenate([np.asarray(each) for each in rows]),
            "time": pd.DatetimeIndex([_moment(each.time) for each in alike]).repeat(sizes),
            "version": np.repeat([each.version for each in alike], sizes),
            "latency": np.repeat([each.latency for each in alike], sizes),
            "trial": np.repeat(np.array([each.trial for each in alike], dtype=object), sizes),
            "shadow": np.repeat([each.shadow for each in alike], sizes),
        }
    ).astype(_ALWAYS)
    return pd.concat(
        [about, records.add_prefix(RECORD), answers.add_prefix(ANSWER)], axis="columns"
    )


def _at_their_records(records: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return answers beside the records of their id, or, where they have none, from the first on.

    There is a row for each record, and for each answer.
    """
    name = str(answers.columns[0]) if len(answers.columns) else ""
    if name in records and answers[name].is_unique:
        ids = conversions.to_text(records[name])[0]
        named = answers.set_axis(conversions.to_text(answers[name])[0])
        return named.reindex(ids).reset_index(drop=True)
    return answers.reindex(range(max(len(records), len(answers))))


def _told(note: Any) -> Any:
    """Return that there was a note, and whether there was an answer.

    What it says may quote a column that is hidden, in any form: the beginning of what was cut of a text,
    or the signs in it that training has not seen.
    """
    if not isinstance(note, str) or not note:  # a record of no row has none
        return note
    return (NO_ANSWER if note.startswith(NO_ANSWER) else "") + "not kept, as columns are hidden"
