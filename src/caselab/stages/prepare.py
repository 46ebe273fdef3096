"""Check a case's records against its contract, repair them, and set test and folds apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from caselab import cases, problems
from caselab.cases import Case
from caselab.data import findings, raw_records, splits
from caselab.data.contracts import Contract
from caselab.data.findings import Finding
from caselab.data.quarantine import Quarantine
from caselab.errors import UserError
from caselab.params import CaseBlock, Params
from caselab.project import places
from caselab.storage import datasets, files
from caselab.storage.datasets import Dataset

BATCH = 250_000
"""Raw records that are checked and repaired at once."""


def run(params: Params, name: str) -> None:
    """Leave `train` (with folds), `test` and `report.json`, which counts every row and repair.

    Records that were quarantined, if any were, are kept beside them with their reasons.
    """
    block = params.cases[name]
    case = cases.load(name)
    raw = places.raw(block.source) / "records.parquet"
    quarantine = Quarantine(params.quarantine, _count(raw))
    train, test, report = prepare(read(raw), case, block, quarantine)
    with files.replacing(places.prepared(name)) as folder:
        datasets.write(train, folder / "train")
        datasets.write(test, folder / "test")
        quarantine.write(raw, folder)
        files.write_json(folder / "report.json", report)


def prepare(
    batches: Iterable[pd.DataFrame],
    case: Case,
    block: CaseBlock,
    quarantine: Quarantine | None = None,
) -> tuple[Dataset, Dataset, dict[str, Any]]:
    """Return the train rows with their folds, the test rows, and the report.

    Records come in batches, so that a table larger than memory leaves only what `clean` keeps of it.
    Those that break the contract go into `quarantine`, where there is one.

    Raises:
        UserError: the records break the contract, more of them than may be quarantined, or nothing
            can be learned from the target.
    """
    where = f"the records of source {block.source!r}"
    records, counts = _cleaned(batches, case, where, quarantine)
    quarantined = quarantine.counts if quarantine else {}
    n_quarantined = len(quarantine.reasons) if quarantine else 0
    table = records if case.aggregate is None else case.aggregate(records)
    rows, strata = _dataset(table, case), _strata(table, case)
    problem = problems.load(case.problem)
    official = records[case.official] if case.official and case.aggregate is None else None

    is_test = _is_test(rows, official, strata, block, case)
    train = rows.take(~is_test)
    fold = np.full(len(rows), -1)
    fold[~is_test] = splits.folds(
        block.validation,
        len(train),
        problem.strata(train.y),
        group=train.group,
        time=train.time,
        series=train.series,
        strata=None if strata is None else strata[~is_test].reset_index(drop=True),
        official=None if official is None else official[~is_test].reset_index(drop=True),
        salt=f"{case.name}/folds",
    )
    parts = {"train": ~is_test, "test": is_test}
    if block.validation.kind != "leave_one_out":  # whose folds are the rows themselves
        parts |= {f"fold {number}": fold == number for number in np.unique(fold[fold >= 0])}
    report = {
        "rows": {
            "raw": counts.raw,
            **({"quarantined": n_quarantined} if quarantined else {}),
            "dropped": counts.raw - n_quarantined - len(records),
            **({} if case.aggregate is None else {"of the case": len(rows)}),
            **{part: int(mask.sum()) for part, mask in parts.items()},
        },
        "columns dropped": list(counts.columns_dropped),
        "values converted": counts.converted,
        "repairs": counts.repairs,
        **({"quarantined": quarantined} if quarantined else {}),
        **problem.check(rows.y, parts, rows.X),
    }
    return replace(train, fold=fold[~is_test]), rows.take(is_test), report


@dataclass
class _Counts:
    """What was done to the records, over all batches."""

    raw: int = 0
    columns_dropped: dict[str, None] = field(default_factory=dict)  # in order, each once
    converted: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)


def _cleaned(
    batches: Iterable[pd.DataFrame], case: Case, where: str, quarantine: Quarantine | None
) -> tuple[pd.DataFrame, _Counts]:
    """Return the records that keep the contract, repaired, with what was done to them."""
    contract, counts, parts = Contract(case.contract()), _Counts(), []
    refuses = _refuses_all if quarantine else None
    for batch in batches:
        cleaned = raw_records.clean(
            batch, case, contract, where, first_row=counts.raw, refuses=refuses
        )
        if quarantine:
            quarantine.add(cleaned, counts.raw)
            quarantine.check(where)
        counts.columns_dropped |= dict.fromkeys(cleaned.dropped)
        for total, found in (
            (counts.converted, cleaned.converted),
            (counts.repairs, cleaned.repairs),
        ):
            for name, number in found.items():
                total[name] = total.get(name, 0) + number
        parts.append(cleaned.records.set_axis(cleaned.records.index + counts.raw))
        counts.raw += len(batch)
    records = parts[0] if len(parts) == 1 else pd.concat(parts)
    parts.clear()
    records = _distinct_ids(records, contract, where, quarantine)
    if len(records) == 0:
        raise UserError(f"In {where} no row is left after the repairs of the case; add rows.")
    if case.distinct:
        twice = raw_records.repeated(records, case)
        records = records[~twice]
        counts.repairs[f"equal to an earlier row in {', '.join(case.distinct)}"] = int(twice.sum())
    return records.reset_index(drop=True), counts


def _refuses_all(_: Finding) -> bool:
    """Tell that whatever breaks the contract is not learned from."""
    return True


def _distinct_ids(
    records: pd.DataFrame, contract: Contract, where: str, quarantine: Quarantine | None
) -> pd.DataFrame:
    """Return the records without those that share what is unique, in whatever batches they came.

    Raises:
        UserError: there are some, and no quarantine for them.
    """
    for name in (name for name, column in contract.schema.columns.items() if column.unique):
        found = findings.repeated(records[name])
        if found is None:
            continue
        found = replace(found, rows=records.index.to_numpy()[found.rows])
        if quarantine is None:
            raise findings.error(where, [found])
        quarantine.add_finding(found)
        quarantine.check(where)
        records = records[~records.index.isin(found.rows)]
    return records


def read(path: Path) -> Iterator[pd.DataFrame]:
    """Yield raw records in batches.

    Raises:
        UserError: the file is missing or damaged.
    """
    with _readable(path):
        for batch in pq.ParquetFile(path).iter_batches(BATCH):
            yield batch.to_pandas()


def _count(path: Path) -> int:
    with _readable(path):
        return int(pq.ParquetFile(path).metadata.num_rows)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Tell in one sentence that a file is missing or damaged."""
    try:
        yield
    except (FileNotFoundError, pa.ArrowException, OSError) as error:
        state = "is missing" if isinstance(error, FileNotFoundError) else "is damaged"
        raise UserError(f"{path} {state}; run the stage fetch of its source again.") from None


def _dataset(records: pd.DataFrame, case: Case) -> Dataset:
    def column(name: str | None) -> pd.Series | None:
        return None if name is None else records[name]

    return Dataset(
        X=raw_records.visible(records, case),
        y=column(case.target),
        ids=records[case.id],
        fold=None,
        group=column(case.group),
        time=column(case.time),
        series=column(case.series),
    )


def _strata(table: pd.DataFrame, case: Case) -> pd.Series | None:
    """Return what test and folds hold in equal shares, of several columns together."""
    if not case.strata:
        return None
    return table[list(case.strata)].astype(str).agg("/".join, axis=1)


def _is_test(
    rows: Dataset,
    official: pd.Series | None,
    strata: pd.Series | None,
    block: CaseBlock,
    case: Case,
) -> np.ndarray:
    is_test = splits.is_test(
        block.split,
        rows.ids,
        group=rows.group,
        time=rows.time,
        series=rows.series,
        strata=strata,
        official=official,
        salt=case.name,
    )
    if is_test.all() or not is_test.any():
        asked = "" if block.split.test is None else f", at a share of {block.split.test:g}"
        raise UserError(
            f"Of {len(rows):,} rows of case {case.name!r} {is_test.sum():,} fall into test{asked}; "
            "add rows."
        )
    return is_test
