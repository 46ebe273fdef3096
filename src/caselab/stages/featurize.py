"""Show a case's rows as a model may see them: a stateless view of train and of test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from caselab import features
from caselab.data import leakage
from caselab.errors import RowError
from caselab.params import Params
from caselab.project import places
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from caselab.storage.files import replacing

PARTS = ("train", "test")


def run(params: Params, name: str) -> None:
    """Leave `train` and `test` in the view's form.

    Raises:
        UserError: the view learns from rows, or its modality's transformer knows some already.
    """
    block = params.views[name]
    modality = features.load(block.view)
    view = partial(modality.view, **block.options)
    leakage.check_unfitted(modality.transformer())
    neighbours = looked_at(modality, block.options)
    with replacing(places.features(name)) as folder:
        if neighbours is not None:
            _with_past(view, block.case, name, neighbours, folder)
            return
        for part in PARTS:
            rows = datasets.read(places.prepared(block.case) / part)
            records = _records(rows)
            X = _shown(view, records, rows.ids)
            leakage.check_rowwise(view, records, X, name)
            datasets.write(replace(rows, X=X), folder / part)


def looked_at(modality: ModuleType, options: dict[str, Any]) -> leakage.Neighbours | None:
    """Return which other rows the modality's view of these options looks at; None for none."""
    tell = getattr(modality, "neighbours", None)
    neighbours: leakage.Neighbours | None = tell(**options) if tell else None
    return neighbours


def _records(rows: Dataset) -> pd.DataFrame:
    """Return what prepare has left, which is always a table."""
    assert isinstance(rows.X, pd.DataFrame)
    return rows.X


def _shown(view: Callable[[Any], Any], records: Any, ids: pd.Series) -> Any:
    """Return the records as the view shows them; a row that breaks it is named by its id."""
    try:
        return view(records)
    except RowError as error:
        raise error.with_id(ids.iloc[error.row]) from error


def _with_past(
    view: Callable[[Any], Any],
    case: str,
    name: str,
    neighbours: leakage.Neighbours,
    folder: Path,
) -> None:
    """Show train and test together, because a row's past may lie in the other part."""
    parts = [datasets.read(places.prepared(case) / part) for part in PARTS]
    records = pd.concat([_records(rows) for rows in parts], ignore_index=True)
    X = _shown(view, records, pd.concat([rows.ids for rows in parts]))
    leakage.check_rowwise(view, records, X, name, neighbours)
    start = 0
    for part, rows in zip(PARTS, parts, strict=True):
        shown = X.iloc[start : start + len(rows)].reset_index(drop=True)
        datasets.write(replace(rows, X=shown), folder / part)
        start += len(rows)
