"""Check a case's records against its contract, repair them, and set test and folds apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from caselab import cases
from caselab.cases import Case
from caselab.data import contracts, splits
from caselab.errors import UserError, unknown
from caselab.params import CaseBlock, Params
from caselab.stages import Tracker
from caselab.storage import datasets, files, layout
from caselab.storage.datasets import Dataset


def run(params: Params, name: str, tracker: Tracker) -> None:  # noqa: ARG001
    """Leave `train` (with folds), `test` and `report.json`, which counts every row and repair."""
    block = params.cases[name]
    case = cases.load(name)
    raw = layout.raw(block.source) / "records.parquet"
    train, test, report = prepare(_read(raw), case, block)
    folder = layout.prepared(name)
    datasets.write(train, folder / "train")
    datasets.write(test, folder / "test")
    files.write_json(folder / "report.json", report)


def prepare(
    records: pd.DataFrame, case: Case, block: CaseBlock
) -> tuple[Dataset, Dataset, dict[str, Any]]:
    """Return the train rows with their folds, the test rows, and the report.

    Raises:
        UserError: the records break the contract, or a part would have no row of some class.
    """
    checked = contracts.check(records, case.contract(), f"the records of source {block.source!r}")
    cleaned, repairs = case.clean(checked.records)
    rows = _dataset(cleaned.reset_index(drop=True), case)
    classes = rows.y if case.problem == "classification" else None

    is_test = _is_test(rows.ids, block, case)
    fold = np.full(len(rows), -1)
    fold[~is_test] = splits.folds(
        block.validation.kind,
        block.validation.folds,
        int((~is_test).sum()),
        None if classes is None else classes[~is_test],
        salt=f"{case.name}/folds",
    )
    parts = {"train": ~is_test, "test": is_test}
    parts |= {f"fold {number}": fold == number for number in np.unique(fold[fold >= 0])}
    report = {
        "rows": {"raw": len(records), "dropped": len(records) - len(rows)}
        | {part: int(mask.sum()) for part, mask in parts.items()},
        "columns dropped": list(checked.dropped),
        "values converted": checked.converted,
        "repairs": repairs,
        "class shares": {} if classes is None else splits.check_classes(classes, parts),
    }
    train = replace(rows, fold=fold).take(~is_test)
    return train, rows.take(is_test), report


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (FileNotFoundError, pa.ArrowException) as error:
        state = "is missing" if isinstance(error, FileNotFoundError) else "is damaged"
        raise UserError(f"{path} {state}; run the stage fetch of its source again.") from None


def _dataset(records: pd.DataFrame, case: Case) -> Dataset:
    def column(name: str | None) -> pd.Series | None:
        return None if name is None else records[name]

    hidden = [name for name in (case.id, case.target) if name is not None]
    return Dataset(
        X=records.drop(columns=hidden),
        y=column(case.target),
        ids=records[case.id],
        fold=None,
        group=column(case.group),
        time=column(case.time),
    )


def _is_test(ids: pd.Series, block: CaseBlock, case: Case) -> np.ndarray:
    if block.split.kind != "hash":
        raise unknown("kind of split", block.split.kind, ["hash"])
    is_test = splits.is_test(ids, block.split.test, salt=case.name)
    if is_test.all() or not is_test.any():
        raise UserError(
            f"Of {len(ids):,} rows of case {case.name!r} {is_test.sum():,} fall into test, at a "
            f"share of {block.split.test:g}; add rows."
        )
    return is_test
