"""What came true of requests: kept by request and row, joined to the log when it is read.

A label names the request that it speaks of, and its row where that held several; or the case's own id,
and then speaks of every request about it. They are kept in labels/, or in the PostgreSQL that holds the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from caselab import cases
from caselab.cases import Case
from caselab.data import contracts, conversions
from caselab.errors import UserError
from caselab.numbers import counted
from caselab.project import places
from caselab.project.locks import exclusive
from caselab.serving import requests
from caselab.storage.files import replacing
from caselab.watching import label_tables

REQUEST, ROW = "request_id", "row"
"""Columns by which a logged record is known."""
KEY = [REQUEST, ROW]
_LABEL = "label"


@dataclass(frozen=True)
class Added:
    """What came of labels."""

    new: int
    """Records of requests that had none."""
    known: int
    """Those that had the same already."""
    replaced: int
    without: int
    """Lines that name no label yet."""


def add(case: str, given: pd.DataFrame, log: pd.DataFrame, *, replace: bool = False) -> Added:
    """Keep labels of logged requests.

    Args:
        case: whose target they hold.
        given: the target, and `request_id` (and `row`) or the case's id.
        log: the requests that there are: `request_id`, `row` and, where it is logged, the case's id.
        replace: let a label take the place of another one of the same record.

    Raises:
        UserError: a column is missing; an id is missing, unknown or stands there twice; a row is no
            whole number; a label breaks the contract or contradicts one that is kept.
    """
    found = cases.load(case)
    target = _target(found, given)
    told = given[given[target].notna()].reset_index(drop=True)
    labels = _of_records(found, told.assign(**{_LABEL: _checked(found, told[target])}), log)
    with _changing(case) as (kept, write):
        both = labels.merge(kept, on=KEY, how="left", suffixes=("", "_kept"))
        other = both[f"{_LABEL}_kept"].notna() & (both[_LABEL] != both[f"{_LABEL}_kept"])
        if other.any() and not replace:
            first = both[other].iloc[0]
            raise UserError(
                f"Request {first[REQUEST]} (row {first[ROW]}) is labelled {first[_LABEL + '_kept']!r} "
                f"already, and now {first[_LABEL]!r}; correct the file, or add --replace."
            )
        write(labels)
    known = int(both[f"{_LABEL}_kept"].notna().sum())
    replaced = int(other.sum())
    return Added(len(labels) - known, known - replaced, replaced, len(given) - len(told))


def read(case: str) -> pd.DataFrame:
    """Return the labels of a case: request, row, label as text."""
    if (of := requests.database()) is not None:
        return _table(label_tables.read(of, case))
    try:
        return pd.read_parquet(places.labels(case))
    except FileNotFoundError:
        return _table([])


def beside(case: str, log: pd.DataFrame) -> pd.DataFrame:
    """Return logged records with the target that has come of some."""
    target = cases.load(case).target
    if target is None:
        return log
    joined = log.drop(columns=target, errors="ignore").merge(read(case), on=KEY, how="left")
    return joined.rename(columns={_LABEL: target})


@contextmanager
def _changing(case: str) -> Iterator[tuple[pd.DataFrame, Callable[[pd.DataFrame], None]]]:
    """Give the labels that are kept, and what writes further ones over them; nobody else does meanwhile."""
    if (to := requests.database()) is not None:
        with label_tables.changing(to, case) as (rows, write_rows):
            yield (
                _table(rows),
                lambda new: write_rows(new[[*KEY, _LABEL]].itertuples(index=False, name=None)),
            )
        return
    with exclusive(places.labels(case).with_suffix(".lock")):
        kept = read(case)

        def write(new: pd.DataFrame) -> None:
            all_of_them = pd.concat([kept, new]).drop_duplicates(KEY, keep="last")
            with replacing(places.labels(case)) as part:
                all_of_them.to_parquet(part, index=False)

        yield kept, write


def _table(rows: Iterable[tuple[str, int, str]]) -> pd.DataFrame:
    table = pd.DataFrame([*rows], columns=[*KEY, _LABEL])
    return table.astype({REQUEST: object, ROW: "int64", _LABEL: object})


def _target(case: Case, given: pd.DataFrame) -> str:
    if case.target is None or case.aggregate is not None:
        raise UserError(
            f"No request of {case.name} is labelled by itself; what came true of it comes with the "
            "records of its source."
        )
    if case.target not in given:
        raise UserError(
            f"The labels have no column {case.target!r}; name what came true so. They have "
            f"{', '.join(map(str, given.columns))}."
        )
    if not {REQUEST, case.id} & {*given.columns}:
        raise UserError(
            f"The labels name no requests; add a column {REQUEST!r}, or the case's id {case.id!r}."
        )
    return case.target


def _checked(case: Case, labels: pd.Series) -> pd.Series:
    """Return labels as texts, which the contract has been held against."""
    assert case.target is not None
    schema = case.contract().select_columns([case.target])
    records = contracts.check(labels.to_frame(case.target), schema, "the labels").records
    return records[case.target].astype(str).set_axis(labels.index)


def _of_records(case: Case, told: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """Return labels by request and row."""
    if REQUEST in told:
        named = _ids(told[REQUEST])
        several = set(log.loc[log[REQUEST].duplicated(), REQUEST])
        if ROW not in told:
            if among := [each for each in named if each in several]:
                raise UserError(
                    f"Request {among[0]} held several records; add a column {ROW!r} to the labels, "
                    "which counts them from 1."
                )
            told = told.assign(**{ROW: 1})
        keys = told.copy()
        keys[REQUEST], keys[ROW] = named, _row_numbers(told[ROW])
        names = (keys[REQUEST] + " row " + keys[ROW].astype(str)).tolist()
        _refuse_doubles(names)
        known = set(zip(log[REQUEST], log[ROW], strict=True))
        pairs = zip(keys[REQUEST], keys[ROW], strict=True)
        _refuse_unknown(
            [name for name, pair in zip(names, pairs, strict=True) if pair not in known],
            case.name,
        )
        return keys[[*KEY, _LABEL]]
    if case.id not in log:
        raise UserError(
            f"The log of requests holds no {case.id!r}; label by {REQUEST!r}, which every answer has."
        )
    ids = _ids(told[case.id])
    _refuse_doubles(ids.tolist())
    logged = log[KEY].assign(**{case.id: conversions.to_text(log[case.id])[0]})
    logged = logged[logged[case.id].notna()].astype({case.id: object})  # no label is of nobody
    known_ids = set(logged[case.id])
    _refuse_unknown([each for each in ids if each not in known_ids], case.name)
    return logged.merge(told[[_LABEL]].assign(**{case.id: ids}), on=case.id)[[*KEY, _LABEL]]


def _ids(given: pd.Series) -> pd.Series:
    """Return ids as texts."""
    ids = conversions.to_text(given)[0]
    if ids.isna().any():
        raise UserError(
            f"The labels hold {counted(int(ids.isna().sum()), 'row')} without {given.name!r}; name it, "
            "or leave such rows out."
        )
    return ids.astype(object)


def _row_numbers(given: pd.Series) -> pd.Series:
    """Return records' numbers in their requests."""
    numbers, _, refused = conversions.to_numbers(given, np.dtype("int64"), {})
    if (odd := refused | numbers.isna().to_numpy()).any():
        raise UserError(
            f"The labels name a row {given[odd].iloc[0]}, which is no whole number; `row` counts the "
            "records of a request from 1."
        )
    return numbers


def _refuse_doubles(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UserError(f"The labels name {name} twice; leave one out.")
        seen.add(name)


def _refuse_unknown(names: list[str], case: str) -> None:
    if names:
        it = "was" if len(names) == 1 else "were"
        raise UserError(
            f"{counted(len(names), 'label')} of {case} name what {it} never asked, such as "
            f"{names[0]}; nothing is kept: correct the ids, or leave them out."
        )
