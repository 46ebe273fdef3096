"""Score a table or a query with the champion, as often as asked: what has its answer gets no second one.

Each record is known by a hash of all that it holds. Its answer by a version is written once, in parts that
appear whole; a run that was killed leaves those, and the next one asks for the others. Where answers
depend on other records, the whole table is asked anew as soon as any of it changed, and the new answers
take the place of the old ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from caselab import cases
from caselab.errors import UserError
from caselab.project.locks import exclusive
from caselab.registry import asking, champions
from caselab.registry.model_process import RefusedError
from caselab.serving.requests import ANSWER
from caselab.serving.workers import Worker
from caselab.sources import own
from caselab.sources.own import identities
from caselab.storage import unfinished
from caselab.storage.files import replacing

RECORD = "record"
"""The column that names a record by what it holds."""

TOGETHER = 10_000
"""Records of a part."""

_PARTS = "[0-9a-f]*.parquet"
"""Those that are whole; what a killed run has left is named otherwise."""

_SUPERSEDED = "0.parquet"
"""Answers over which a whole table's new ones are written: a kill leaves either, and they are no table's."""

Start = Callable[[Mapping[str, Any]], Worker]


@dataclass(frozen=True)
class Scored:
    """What a run did."""

    version: int
    asked: int
    """Records that were given."""
    answered: int
    """Rows that were written now."""


def score(
    case: str,
    origin: Path,
    into: Path,
    options: Mapping[str, Any] | None = None,
    *,
    start: Start = Worker,
) -> Scored:
    """Write the champion's answers to what `origin` holds into the folder `into`, where they are not yet.

    `options` are how to read it, as in a source's block: `database` for an .sql file, `delimiter`.

    Raises:
        UserError: there is no champion, the records cannot be read, or are not those of the case.
    """
    present = champions.present(case)
    known = {"words": asking.words([case])} if origin.suffix in (".csv", ".tsv", ".txt") else {}
    records = own.read(origin, **{**known, **(options or {})})
    with exclusive(into / ".lock"):
        unfinished.remove_left_behind()
        for left in into.glob("version-*/.part-*"):  # outside of a project they lie beside
            unfinished.remove(left)
        version = int(present["version"])
        folder = into / f"version-{version}"
        whole = _is_asked_whole(case)
        done = {part.stem for part in folder.glob(_PARTS)}
        parts = [*_parts(case, records, into, version)]
        todo = [part for part in parts if part[0] not in done]
        answered = 0
        if todo:
            worker = start(present)
            try:
                for name, keys, part in todo:
                    table = _answers(worker, case, keys, part, origin)
                    place = over = folder / f"{name}.parquet"
                    if whole and (former := next(folder.glob(_PARTS), None)):
                        over = former.replace(folder / _SUPERSEDED)
                    with replacing(over) as file:
                        table.to_parquet(file, index=False)
                    over.replace(place)
                    answered += len(table)
            finally:
                worker.close()
        if whole:
            for old in {*folder.glob(_PARTS)} - {folder / f"{name}.parquet" for name, *_ in parts}:
                old.unlink()
    return Scored(version, len(records), answered)


def read(into: Path, version: int | None = None) -> pd.DataFrame:
    """Return the answers that were written, of one version or of all."""
    folder = "version-*" if version is None else f"version-{version}"
    parts = sorted(into.glob(f"{folder}/{_PARTS}"))
    tables = [pd.read_parquet(part) for part in parts]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _parts(
    case: str, records: pd.DataFrame, into: Path, version: int
) -> Iterator[tuple[str, list[str], pd.DataFrame]]:
    """Yield what is to be asked: the part's name, the records' names, and the records."""
    keys = identities.add(records, RECORD)[RECORD]
    if _is_asked_whole(case):
        yield _name(keys.tolist()), [], records
        return
    before = read(into, version)
    left = ~keys.isin(before.get(RECORD, []))
    keys, records = keys[left], records[left.to_numpy()]
    for begin in range(0, len(keys), TOGETHER):
        part = slice(begin, begin + TOGETHER)
        names = keys.iloc[part].tolist()
        yield _name(names), names, records.iloc[part].reset_index(drop=True)


def _is_asked_whole(case: str) -> bool:
    """Tell whether answers depend on other records of the table."""
    found = cases.load(case)
    return found.aggregate is not None or found.past


def _name(keys: list[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def _answers(
    worker: Worker, case: str, keys: list[str], records: pd.DataFrame, origin: Path
) -> pd.DataFrame:
    try:
        found = worker.ask(records, {"where": origin.name})
    except RefusedError as error:
        raise UserError(str(error)) from error
    table = asking.with_names(found, records, case).add_prefix(ANSWER)
    if len(keys) == len(table):
        table.insert(0, RECORD, keys)
    table.insert(0, "time", pd.Timestamp(datetime.now(UTC)))
    table.insert(0, "version", worker.version)
    return table
