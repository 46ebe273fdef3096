"""Batches as slices of what already lies on the device."""

import math
from collections.abc import Iterator

from torch import Tensor

NUMBERS_AT_ONCE = 2**18
"""Input numbers that a network answers in one go, so that any shape of row fits in memory."""


def split(rows: Tensor, size: int) -> tuple[Tensor, ...]:
    """Cut row numbers into as few batches of at most `size` as do, all about equally large."""
    if len(rows) <= size:
        return (rows,)
    return rows.tensor_split(math.ceil(len(rows) / size))


def rows_at_once(shape: tuple[int, ...]) -> int:
    """Return how many rows of this shape to answer in one go."""
    return max(1, NUMBERS_AT_ONCE // math.prod(shape))


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
