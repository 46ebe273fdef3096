"""Watched records as rows, as a model sees them before its view, with answers and what came true."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from caselab import cases
from caselab.cases import Case
from caselab.data import conversions, raw_records
from caselab.data.contracts import Contract
from caselab.errors import UserError


@dataclass(frozen=True)
class Window:
    """Raw records that were asked of a champion, or will be."""

    records: pd.DataFrame
    """With their target where it is known of some."""
    where: str
    """How sentences call them."""
    answers: pd.DataFrame | None = None
    """As they were given, row by row, with `decision`; None where the champion is still to be asked."""
    hidden: Collection[str] = ()
    """Columns that a log does not hold."""


@dataclass(frozen=True)
class Rows:
    """A window's rows as they are compared."""

    table: pd.DataFrame
    """What a model may see."""
    records: int
    broken: int
    """Records, and how many of them break the contract."""


def rows(case: str, window: Window) -> Rows:
    """Return the rows of a window's records, checked and repaired as those that were learned from.

    Raises:
        UserError: a column is missing, or the case's repairs need one that the log hides.
    """
    found = cases.load(case)
    absent = [name for name in window.hidden if name not in window.records]
    seen = replace(found, optional=(*found.optional, *absent)) if absent else found
    records = window.records
    if found.aggregate is None and found.id in records and records[found.id].isna().any():
        records = records.drop(columns=found.id)  # a question may leave it out, and some did
    try:
        shown = raw_records.rows(records, seen, lambda table: table, window.where)
    except KeyError as error:
        if not absent:
            raise
        raise UserError(
            f"The repairs of {case} need the column {error.args[0]!r}, which the log of requests "
            "does not hold; leave it out of serving.hide, or watch a file of records."
        ) from None
    table = shown.X if isinstance(shown.X, pd.DataFrame) else pd.DataFrame()
    table = table.drop(columns=[name for name in absent if name in table])
    odd = sum(1 for note in shown.notes.column() if note)
    return Rows(table, len(window.records), odd)


def truth(case: str, records: pd.DataFrame) -> pd.Series | None:
    """Return what came true of each record, missing where nobody knows; None where nothing is said.

    A case whose rows are made of several records is not judged so: a label is of one row.
    """
    found: Case = cases.load(case)
    if found.aggregate is not None or found.target is None or found.target not in records:
        return None
    wanted = Contract(found.contract()).schema.columns.get(found.target)
    given = records[found.target].reset_index(drop=True)
    return given if wanted is None else conversions.convert(given, wanted)[0]


def units(case: str, records: pd.DataFrame) -> np.ndarray:
    """Return the number of each record's id, `(n_records,)` from 0 on; without one it is one of its own."""
    name = cases.load(case).id
    if name not in records:
        return np.arange(len(records))
    numbers, ids = pd.factorize(conversions.to_text(records[name])[0])
    alone = numbers < 0
    numbers[alone] = len(ids) + np.arange(alone.sum())
    return numbers
