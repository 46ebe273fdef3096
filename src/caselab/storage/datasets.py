"""Rows on disk: what a model may see, and beside it who each row is and what it should answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from caselab.errors import UserError
from caselab.storage.files import replacing
from caselab.storage.rows import Inputs, Rows

_TABLE, _ARRAY, _ROWS = "X.parquet", "X.npy", "rows.parquet"


@dataclass(frozen=True)
class Dataset:
    """Rows of a case; position i of every part speaks of the same row."""

    X: Inputs  # (n_samples, ...), what a model may see
    y: pd.Series | None  # (n_samples,), the target as in the raw data
    ids: pd.Series  # (n_samples,), unique
    fold: np.ndarray | None  # (n_samples,) int, the fold that holds the row out; train only
    group: pd.Series | None = None  # (n_samples,), what is never torn apart
    time: pd.Series | None = None  # (n_samples,), when the row became known
    series: pd.Series | None = None  # (n_samples,), what the row is a moment of

    def __post_init__(self) -> None:
        for name, part in self._rows().items():
            if len(part) != len(self.X):
                raise ValueError(f"{name} has {len(part)} rows, X has {len(self.X)}")

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: np.ndarray) -> "Dataset":
        """Return the rows at these positions, or where this mask is true, in that order."""
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        X = self.X
        if isinstance(X, pd.DataFrame):
            X = X.iloc[rows].reset_index(drop=True)
        else:
            X = X.take(rows) if isinstance(X, Rows) else X[rows]
        return Dataset(
            X=X,
            y=_take(self.y, rows),
            ids=self.ids.iloc[rows].reset_index(drop=True),
            fold=None if self.fold is None else self.fold[rows],
            group=_take(self.group, rows),
            time=_take(self.time, rows),
            series=_take(self.series, rows),
        )

    def _rows(self) -> dict[str, pd.Series | np.ndarray]:
        parts = {
            "id": self.ids,
            "target": self.y,
            "fold": self.fold,
            "group": self.group,
            "time": self.time,
            "series": self.series,
        }
        return {name: part for name, part in parts.items() if part is not None}


def joined(parts: Sequence[Dataset]) -> Dataset:
    """Return the rows of all parts, one part after the other, without folds."""

    def column(name: str) -> Any:
        columns = [getattr(part, name) for part in parts]
        return None if columns[0] is None else pd.concat(columns, ignore_index=True)

    is_table = isinstance(parts[0].X, pd.DataFrame)
    return Dataset(
        X=column("X") if is_table else np.concatenate([np.asarray(part.X) for part in parts]),
        fold=None,
        **{name: column(name) for name in ("y", "ids", "group", "time", "series")},
    )


def write(dataset: Dataset, folder: Path) -> None:
    """Write `X.parquet` (or `X.npy`) and `rows.parquet` into `folder`, which appears whole."""
    if not dataset.ids.is_unique:
        twice = dataset.ids[dataset.ids.duplicated()].iloc[0]
        raise ValueError(f"two rows have the id {twice}")
    rows = pd.DataFrame(
        {
            name: part.reset_index(drop=True) if isinstance(part, pd.Series) else part
            for name, part in dataset._rows().items()
        }
    )
    with replacing(folder) as part:
        part.mkdir()
        rows.to_parquet(part / _ROWS, index=False)
        if isinstance(dataset.X, pd.DataFrame):
            dataset.X.to_parquet(part / _TABLE, index=False)
        else:
            np.save(part / _ARRAY, np.asarray(dataset.X), allow_pickle=False)


def read(folder: Path) -> Dataset:
    """Read what `write` left; an array stays on disk until its rows are asked for.

    Raises:
        UserError: the folder holds no dataset, or a damaged one.
    """
    folder = Path(folder)
    try:
        rows = pd.read_parquet(folder / _ROWS)
        if (folder / _TABLE).exists():
            X: Inputs = pd.read_parquet(folder / _TABLE)
        else:
            X = Rows(np.load(folder / _ARRAY, mmap_mode="r", allow_pickle=False))
        return Dataset(
            X=X,
            y=rows.get("target"),
            ids=rows["id"],
            fold=rows["fold"].to_numpy() if "fold" in rows else None,
            group=rows.get("group"),
            time=rows.get("time"),
            series=rows.get("series"),
        )
    except FileNotFoundError as error:
        raise UserError(
            f"{folder} holds no dataset ({Path(error.filename).name} is missing); "
            "run the stage that makes it."
        ) from error
    except (pa.ArrowInvalid, OSError, ValueError, KeyError, EOFError) as error:
        raise UserError(
            f"{folder} is damaged ({error}); remove it and run the stage that makes it again."
        ) from error


def _take(part: pd.Series | None, rows: np.ndarray) -> pd.Series | None:
    return None if part is None else part.iloc[rows].reset_index(drop=True)
