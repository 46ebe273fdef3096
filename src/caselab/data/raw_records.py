"""The one way from raw records to what a pipeline sees: contract, repairs, rows, view.

`prepare` and `featurize` take its steps apart, to count what is done, to split, and to keep what each
leaves; a registered model and the gate take them at once, by `rows`. No step learns anything, so a
few records are shown as they would be among all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from caselab.data import contracts

if TYPE_CHECKING:
    import pandera.pandas as pa


class Case(Protocol):
    """What a case says of its records; see `cases.Case`."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def target(self) -> str | None: ...  # noqa: D102
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
    """Records that keep the contract, repaired, and what was done so that they do."""

    records: pd.DataFrame  # indexed by their place among those given
    dropped: tuple[str, ...]  # columns that the contract does not know
    converted: dict[str, int]  # column -> rows whose value was put into another form
    repairs: dict[str, int]  # reason -> rows


@dataclass(frozen=True)
class Shown:
    """What a pipeline sees, and the rows that it was made of."""

    X: pd.DataFrame | np.ndarray  # (n_rows, ...)
    of: pd.DataFrame  # (n_rows, n_columns); where a row is a record, indexed by its place


def rows(
    records: pd.DataFrame,
    case: Case,
    view: Callable[[pd.DataFrame], Any],
    where: str = "the records",
    schema: pa.DataFrameSchema | None = None,
) -> Shown:
    """Return the rows of raw records that ask a question, as a pipeline sees them.

    The target is not looked at, and columns that a question may leave out may be missing. A record
    that the case's repairs drop has no row. `where` is how errors call the records; `schema` is the
    case's contract, where the caller has it already.

    Raises:
        UserError: the records break the contract, or the view cannot show them.
    """
    asked, schema = question(records, case, schema)
    found = clean(asked, case, schema, where).records
    if case.aggregate is not None:
        found = case.aggregate(found[~repeated(found, case)].reset_index(drop=True))
    return Shown(view(visible(found, case).reset_index(drop=True)), found)


def question(
    records: pd.DataFrame, case: Case, schema: pa.DataFrameSchema | None = None
) -> tuple[pd.DataFrame, pa.DataFrameSchema]:
    """Return raw records without their target, and the contract of the columns that they have."""
    schema = case.contract() if schema is None else schema
    asked = records.drop(columns=case.target or [], errors="ignore")
    for name in {*case.optional} & {*schema.columns} - {*asked}:
        if not schema.columns[name].required:  # by which a case tells a question
            asked[name] = None
    left_out = {*case.unasked} & {*schema.columns} - {*asked}
    return asked, schema.remove_columns(sorted(left_out))


def clean(
    records: pd.DataFrame,
    case: Case,
    schema: pa.DataFrameSchema,
    where: str = "the records",
    *,
    first_row: int = 0,
) -> Cleaned:
    """Hold records against a contract and repair them; `first_row` is where a batch begins.

    Raises:
        UserError: the records break the contract.
    """
    checked = contracts.check(records, schema, where, first_row=first_row)
    cleaned, repairs = case.clean(checked.records)
    return Cleaned(cleaned, checked.dropped, checked.converted, repairs)


def repeated(records: pd.DataFrame, case: Case) -> np.ndarray:
    """Return the mask of records that are equal to an earlier one in all that is `distinct`."""
    if not case.distinct:
        return np.zeros(len(records), dtype=bool)
    return records.duplicated(list(case.distinct)).to_numpy()


def visible(rows: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Return the columns that a view may see."""
    hidden = (case.id, case.target, case.official, *case.hidden)
    return rows.drop(columns=[name for name in hidden if name], errors="ignore")
