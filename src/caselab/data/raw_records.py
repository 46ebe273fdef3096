"""The one way from raw records to what a pipeline sees: contract, repairs, rows, view.

`prepare` and `featurize` take its steps apart, to count what is done, to split, and to keep what each
leaves; a registered model and the gate take them at once, by `rows`. No step learns anything, so a
few records are shown as they would be among all. What is learned from keeps the contract: a record
that does not is quarantined. What is asked is answered where a pipeline can, and what was odd is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from caselab.data import findings
from caselab.data.contracts import Contract
from caselab.data.findings import Finding
from caselab.data.notes import Notes
from caselab.errors import RowError

if TYPE_CHECKING:
    import pandera.pandas as pa


class Case(Protocol):
    """What a case says of its records; see `cases.Case`."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def target(self) -> str | None: ...  # noqa: D102
    @property
    def series(self) -> str | None: ...  # noqa: D102
    @property
    def official(self) -> str | None: ...  # noqa: D102
    @property
    def hidden(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def optional(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def unasked(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def distinct(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def contract(self) -> Callable[[], pa.DataFrameSchema]: ...  # noqa: D102
    @property
    def clean(self) -> Callable[[pd.DataFrame], tuple[pd.DataFrame, dict[str, int]]]: ...  # noqa: D102
    @property
    def aggregate(self) -> Callable[[pd.DataFrame], pd.DataFrame] | None: ...  # noqa: D102


@dataclass(frozen=True)
class Cleaned:
    """Records in the contract's types, repaired; what was done so that they are, and what was odd."""

    records: pd.DataFrame  # indexed by their place among those given
    dropped: tuple[str, ...]  # columns that the contract does not know
    converted: dict[str, int]  # column -> rows whose value was put into another form
    repairs: dict[str, int]  # reason -> rows
    findings: tuple[Finding, ...]  # of all that were given
    notes: Notes  # the same by record, and which were refused


@dataclass(frozen=True)
class Shown:
    """What a pipeline sees, the rows that it was made of, and what was odd about the records."""

    X: pd.DataFrame | np.ndarray | None  # (n_rows, ...), None where there are none
    of: pd.DataFrame  # (n_rows, n_columns); where a row is a record, indexed by its place
    notes: Notes  # of all records that were given


def rows(
    records: pd.DataFrame,
    case: Case,
    view: Callable[[pd.DataFrame], Any],
    where: str = "the records",
    contract: Contract | None = None,
    *,
    needed: Collection[str] = (),
    strict: bool = False,
) -> Shown:
    """Return the rows of raw records that ask a question, as a pipeline sees them.

    The target is not looked at, and columns that a question may leave out may be missing. What a
    pipeline can take although the contract does not (a gap, an unknown category, a number out of
    range) is noted; a record that cannot be understood, that misses a `needed` value, or that the
    case's repairs drop, has no row. Where several records make a row, those that break the contract
    are left out. An id may stand there twice. `where` is how errors call the records; `contract` is
    the case's, where the caller has it already.

    Raises:
        UserError: a column is missing or misspelt, or the view cannot show the records; where it is
            `strict`, also where they break the contract.
    """
    contract = Contract(case.contract()) if contract is None else contract

    def refuses(finding: Finding) -> bool:
        if case.aggregate is not None or finding.kind == "unread":
            return True  # what is meant is not known; anything else a pipeline has a way to take
        return finding.kind == "missing" and finding.column in needed

    asked = question(records, case, contract)
    cleaned = clean(
        asked, case, contract, where, absent=case.unasked, refuses=None if strict else refuses
    )
    found, notes = cleaned.records, cleaned.notes
    if case.aggregate is not None:
        if found.empty:
            return Shown(None, found, notes)
        found = case.aggregate(found[~repeated(found, case)].reset_index(drop=True))
    else:
        left_out = np.setdiff1d(np.flatnonzero(~notes.refused), found.index)
        notes.refuse({row: ["the case's repairs leave it out"] for row in left_out.tolist()})
    X, kept, odd = _taken(view, visible(found, case).reset_index(drop=True), strict=strict)
    if odd:
        notes.refuse({int(found.index[row]): [note] for row, note in odd.items()})
        found = found.iloc[kept]
    return Shown(X, found, notes)


def question(records: pd.DataFrame, case: Case, contract: Contract) -> pd.DataFrame:
    """Return raw records without their target, and with the columns by which a case tells a question."""
    asked = records.drop(columns=case.target) if case.target in records else records
    columns = contract.schema.columns
    telling = [
        name
        for name in case.optional
        if name in columns and not columns[name].required and name not in asked
    ]
    return asked.assign(**dict.fromkeys(telling)) if telling else asked


def clean(
    records: pd.DataFrame,
    case: Case,
    contract: Contract,
    where: str = "the records",
    *,
    absent: Collection[str] = (),
    first_row: int = 0,
    refuses: Callable[[Finding], bool] | None = None,
) -> Cleaned:
    """Hold records against a contract and repair those that are not refused.

    Columns that may be `absent` need not be there; `first_row` is where a batch begins. `refuses`
    tells which findings leave their rows out. Values that stand twice are no finding here: there may
    be other batches.

    Raises:
        UserError: a column is missing or misspelt; without `refuses`, also where records break the
            contract.
    """
    judged = contract.judge(records, where, absent=absent)
    found = tuple(each for each in judged.findings if each.kind != "repeated")
    if found and (refuses is None or any(each.kind == "type" for each in found)):
        raise findings.error(where, found, first_row)
    notes, places = Notes(len(records)), np.arange(len(records))
    if found and refuses is not None:
        notes.add(findings.by_row(found))
        for each in filter(refuses, found):
            notes.refused[each.rows] = True
        if notes.refused.any():  # the others are as they would be without them
            places = np.flatnonzero(~notes.refused)
            judged = contract.judge(records.iloc[places], where, absent=absent)
    told, kept, odd = _taken(case.clean, judged.records, strict=refuses is None)
    notes.refuse({int(places[row]): [note] for row, note in odd.items()})
    cleaned, repairs = (judged.records, {}) if told is None else told
    cleaned = cleaned.set_axis(places[kept[cleaned.index]])
    return Cleaned(cleaned, judged.dropped, judged.converted, repairs, found, notes)


def _taken(
    step: Callable[[pd.DataFrame], Any], table: pd.DataFrame, *, strict: bool
) -> tuple[Any, np.ndarray, dict[int, str]]:
    """Return what a step makes of the rows it can take, their places, and what it says of the others.

    It makes nothing of no rows.
    """
    kept = np.arange(len(table))
    notes: dict[int, str] = {}
    if len(table):
        try:
            return step(table), kept, notes
        except RowError as error:
            if strict:
                raise
            notes = error.notes
    kept = np.setdiff1d(kept, list(notes)).astype(int)
    left = table.iloc[kept].reset_index(drop=True)
    return (step(left) if len(left) else None), kept, notes


def repeated(records: pd.DataFrame, case: Case) -> np.ndarray:
    """Return the mask of records that are equal to an earlier one in all that is `distinct`."""
    if not case.distinct:
        return np.zeros(len(records), dtype=bool)
    return records.duplicated(list(case.distinct)).to_numpy()


def visible(rows: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Return the columns that a view may see."""
    hidden = (case.id, case.target, case.official, *case.hidden)
    return rows.drop(columns=[name for name in hidden if name], errors="ignore")
