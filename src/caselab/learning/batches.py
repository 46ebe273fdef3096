"""Rows where they lie, and how they reach the device in batches.

Whatever holds rows has a length and `take`: of positions or a slice, as a tensor on the device.
Rows that fit on the device lie there whole, so that a batch is a slice; larger ones are read, made
floats and brought there batch by batch. Both give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from caselab.learning.vocabulary import PADDING
from caselab.storage.rows import Rows

NUMBERS_AT_ONCE = 2**18
"""Input numbers that a network answers in one go, so that any shape of row fits in memory."""

WHOLE_BYTES = 2**28
"""Rows of a fit up to this size together lie in memory whole; on a GPU, up to a third of what is free
there."""

TEXTS_AT_ONCE = 4096
"""Whose words are counted in one go, where they are read from a disk."""

POOL = 50
"""Batches' worth of rows that are sorted by length together: enough that lengths in a batch are
alike, few enough that batches stay different in every epoch."""

Chosen = Tensor | slice
CPU = torch.device("cpu")


class RowSource(Protocol):
    """Rows that a network can be given."""

    def __len__(self) -> int: ...

    @property
    def nbytes(self) -> int:
        """What they would take on the device."""

    def on(self, device: torch.device, room: int) -> RowSource:
        """Return them ready to be taken on a device that has room for so many bytes."""

    def take(self, rows: Chosen) -> Tensor:
        """Return some rows, (batch, ...), on the device."""

    @property
    def lengths(self) -> np.ndarray | None:
        """Of each row, where rows are sequences of different lengths."""


class Whole:
    """Rows that lie on the device."""

    lengths = None

    def __init__(self, tensor: Tensor):
        self.tensor = tensor

    def __len__(self) -> int:
        return len(self.tensor)

    @property
    def nbytes(self) -> int:
        """What they take."""
        return self.tensor.nbytes

    def on(self, device: torch.device, room: int) -> Whole:
        """Return them on another device."""
        del room  # they lie whole already
        return Whole(self.tensor.to(device))

    def take(self, rows: Chosen) -> Tensor:
        """Return some rows."""
        return self.tensor[rows]


class Streamed:
    """Rows of an array, read and brought to the device when they are taken.

    Args:
        array: (n, ...), numbers.
        positions: which of its rows; None: all.
        dtype: that the network is given.
        device: where to.
    """

    lengths = None

    def __init__(
        self,
        array: np.ndarray | Rows,
        positions: np.ndarray | None,
        dtype: np.dtype | type,
        device: torch.device = CPU,
    ):
        self.array = array
        self.positions = positions
        self.dtype = np.dtype(dtype)
        self.device = device

    def __len__(self) -> int:
        return len(self.array) if self.positions is None else len(self.positions)

    @property
    def nbytes(self) -> int:
        """What they would take on the device."""
        return len(self) * math.prod(self.array.shape[1:]) * self.dtype.itemsize

    def on(self, device: torch.device, room: int) -> Whole | Streamed:
        """Return the rows whole on the device if they fit there, else to be streamed to it."""
        if self.nbytes > room:
            return Streamed(self.array, self.positions, self.dtype, device)
        # Memory of torch's own is aligned alike in every process
        shape = (len(self), *self.array.shape[1:])
        whole = torch.empty(shape, dtype=_torch_dtype(self.dtype))
        size = max(1, NUMBERS_AT_ONCE // max(1, math.prod(shape[1:])))
        for start in range(0, len(self), size):
            block = self._read(slice(start, start + size))
            whole[start : start + len(block)] = torch.from_numpy(block)
        return Whole(whole.to(device))

    def take(self, rows: Chosen) -> Tensor:
        """Read some rows and bring them to the device."""
        chosen = rows if isinstance(rows, slice) else rows.cpu().numpy()
        return torch.tensor(self._read(chosen), device=self.device)

    def _read(self, rows: slice | np.ndarray) -> np.ndarray:
        chosen = rows if self.positions is None else self.positions[rows]
        return np.ascontiguousarray(self.array[chosen], dtype=self.dtype)


class Sequences:
    """Sequences of ids of different lengths, padded to the longest of a batch.

    Args:
        ids: one array (time,) of ids for each sequence, or (time, parts) of several for each place.
        padding: the id that stands after a sequence's end.
    """

    def __init__(self, ids: Sequence[np.ndarray], padding: int):
        self.padding = padding
        self.lengths = np.array([len(each) for each in ids], dtype=np.int64)
        self.starts = np.r_[0, np.cumsum(self.lengths)]
        flat = np.concatenate([np.asarray(each, dtype=np.int64) for each in ids] or [np.arange(0)])
        self.flat = torch.tensor(flat)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def nbytes(self) -> int:
        """What they take."""
        return self.flat.nbytes

    def on(self, device: torch.device, room: int = 0) -> Sequences:
        """Return them on a device; ids are small enough to lie there whole."""
        del room
        moved = copy(self)
        moved.flat = self.flat.to(device)
        return moved

    def take(self, rows: Chosen) -> Tensor:
        """Return some sequences, (batch, time of the longest), of several ids a place one more."""
        chosen = np.arange(len(self))[rows if isinstance(rows, slice) else rows.cpu().numpy()]
        parts = [self.flat[self.starts[row] : self.starts[row + 1]] for row in chosen]
        return torch.nn.utils.rnn.pad_sequence(
            parts, batch_first=True, padding_value=float(self.padding)
        )

    def pick(self, positions: np.ndarray) -> Sequences:
        """Return some of the sequences, as they lie."""
        ids = self.flat.numpy()
        parts = [ids[self.starts[row] : self.starts[row + 1]] for row in positions]
        return Sequences(parts, self.padding)


Samples = np.ndarray | Rows | Sequences
"""What a network learns from or is asked, before it reaches the device."""


def source(X: Samples, positions: np.ndarray, dtype: np.dtype | type) -> RowSource:
    """Return the rows of `X` at these positions as what a network can be given."""
    if isinstance(X, Sequences):
        return X.pick(positions)
    return Streamed(X, positions, dtype)


def room(device: torch.device) -> int:
    """Return how many bytes of rows may lie on a device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] // 3
    return WHOLE_BYTES


def split(rows: Tensor, size: int) -> tuple[Tensor, ...]:
    """Cut row numbers into as few batches of at most `size` as do, all about equally large."""
    if len(rows) <= size:
        return (rows,)
    return rows.tensor_split(math.ceil(len(rows) / size))


def lengths(rows: RowSource, grouped: bool | None) -> np.ndarray | None:
    """Return the lengths by which rows are to be batched, or None: as they come.

    Args:
        rows: ids, (n, places) with padding behind them, or in sequences of their own lengths.
        grouped: `training.group_by_length`.
    """
    if grouped is False:
        return None
    if grouped is None or rows.lengths is not None:
        return rows.lengths
    parts = (rows.take(part) for part in Slices(len(rows), TEXTS_AT_ONCE))
    return torch.cat([(ids != PADDING).sum(1) for ids in parts]).cpu().numpy()


def split_by_length(rows: Tensor, lengths: np.ndarray, size: int) -> tuple[Tensor, ...]:
    """Cut row numbers into batches of rows that are about equally long, in an order drawn anew.

    Rows come in the order given, but for sorting within pools of so many batches.
    """
    of_row = torch.as_tensor(lengths)
    batches: list[Tensor] = []
    for pool in split(rows, size * POOL):
        order = torch.argsort(of_row[pool.cpu()], stable=True).to(pool.device)
        batches += split(pool[order], size)
    return tuple(batches[place] for place in torch.randperm(len(batches)).tolist())


def n_batches(n_rows: int, size: int, *, by_length: bool) -> int:
    """Return into how many batches `split` or `split_by_length` cuts so many rows."""
    n_pools = math.ceil(n_rows / (size * POOL)) if by_length else 1
    of_pool, n_larger = divmod(n_rows, n_pools)
    smaller, larger = (math.ceil(rows / size) for rows in (of_pool, of_pool + 1))
    return n_larger * larger + (n_pools - n_larger) * smaller


def rows_at_once(shape: tuple[int, ...], least: int, network: Any) -> int:
    """Return how many rows of this shape to answer in one go: `least`, or more if they are small.

    A network, or its class, that makes much of each number says itself how many: `numbers_at_once`.
    """
    numbers: int = getattr(network, "numbers_at_once", NUMBERS_AT_ONCE)
    return max(least, numbers // max(1, math.prod(shape)))


class Slices:
    """A loader of slices, `size` things each, out of `count` things."""

    def __init__(self, count: int, size: int):
        self.count = count
        self.size = size

    def __len__(self) -> int:
        return math.ceil(self.count / self.size)

    def __iter__(self) -> Iterator[slice]:
        for start in range(0, self.count, self.size):
            yield slice(start, start + self.size)


def _torch_dtype(dtype: np.dtype) -> torch.dtype:
    return torch.from_numpy(np.empty(0, dtype)).dtype
