"""Rows of an array that stay where they are, on disk say, until they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

BLOCK_BYTES = 2**24
"""How much of the source is read at a time where all rows are wanted."""

Change = Callable[[np.ndarray], np.ndarray]
"""Makes of some rows as many others, each from its own alone."""


class Rows:
    """Chosen rows of an array, with changes that happen when rows are taken.

    An index gives a plain array, as an array's own would; so does `np.asarray`, of all rows.

    Args:
        source: (n, ...), memory-mapped where it lies on disk.
        positions: which of its rows; None: all.
        changes: what is done to rows that are taken, in order.
    """

    def __init__(
        self,
        source: np.ndarray,
        positions: np.ndarray | None = None,
        changes: tuple[Change, ...] = (),
    ):
        self.source = source
        self.positions = positions
        self.changes = changes
        # Memory for one row, which need not be the first: there may be none
        probe = self._changed(np.zeros((1, *source.shape[1:]), source.dtype))
        n_rows = len(source) if positions is None else len(positions)
        self.shape = (n_rows, *probe.shape[1:])
        self.dtype = probe.dtype
        self.ndim = probe.ndim

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes that all rows would take."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Return rows at a position (without its axis), at positions, in a slice or under a mask."""
        if isinstance(rows, int | np.integer):
            one: np.ndarray = self[np.array([rows])][0]
            return one
        chosen = rows if self.positions is None else self.positions[rows]
        return self._changed(np.asarray(self.source[chosen]))

    def take(self, positions: np.ndarray) -> Rows:
        """Return the rows at these positions, as they lie."""
        chosen = positions if self.positions is None else self.positions[positions]
        return Rows(self.source, chosen, self.changes)

    def changed(self, change: Change) -> Rows:
        """Return the same rows with one more change to come."""
        return Rows(self.source, self.positions, (*self.changes, change))

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield all rows a block at a time, each with the position of its first row."""
        of_row = max(1, self.source[:1].nbytes, self.nbytes // max(1, len(self)))
        size = max(1, BLOCK_BYTES // of_row)
        for start in range(0, len(self), size):
            yield start, self[start : start + size]

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process open what lies on disk, and not be sent it."""
        source = self.source
        if isinstance(source, np.memmap) and str(source.filename).endswith(".npy"):
            path = Path(str(source.filename))
            if source.offset + source.nbytes == path.stat().st_size:  # all of it, and no part
                return _opened, (path, self.positions, self.changes)
        return Rows, (np.asarray(source), self.positions, self.changes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("rows that are read when they are asked for are always a copy")
        whole = np.empty(self.shape, dtype or self.dtype)
        for start, block in self.blocks():
            whole[start : start + len(block)] = block
        return whole

    def _changed(self, rows: np.ndarray) -> np.ndarray:
        for change in self.changes:
            rows = change(rows)
        return rows


Inputs = pd.DataFrame | np.ndarray | Rows
"""What a pipeline may be given: a table, an array, or rows that are read when they are asked for."""


def _opened(path: Path, positions: np.ndarray | None, changes: tuple[Change, ...]) -> Rows:
    return Rows(np.load(path, mmap_mode="r", allow_pickle=False), positions, changes)
