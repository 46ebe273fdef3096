"""The log of requests as Parquet files: a folder a day, in it parts.

Parts are written beside and renamed, so that a kill leaves whole ones alone. Who writes numbers its
parts, and from time to time joins many into one whose name says which numbers it holds: a kill between
the joined part and the removal of the others leaves nothing double.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as pa

from caselab.serving.stacking import stacked
from caselab.storage.files import replacing

TOGETHER = 64
"""Parts that become one, and as many such ones again."""


def write(folder: Path, writer: str, number: int, tables: Sequence[pd.DataFrame]) -> None:
    """Write the part of a number, and join it with those before it where they are many enough.

    Where an error is raised nothing was written.
    """
    _write(folder, writer, number, number, tables)
    together = TOGETHER
    with suppress(OSError, ValueError, pa.ArrowException):  # parts that stay apart are read as well
        while number % together == 0:
            _join(folder, writer, number - together + 1, number)
            together *= TOGETHER


def read(place: Path, start: pd.Timestamp | None, end: pd.Timestamp | None) -> pd.DataFrame:
    """Return the rows of all days that there may be something in, of `start` or later and before `end`."""
    while True:
        try:
            tables = [pd.read_parquet(part) for part in _parts(place, start, end)]
        except FileNotFoundError:
            continue  # it was joined with others meanwhile
        return stacked(tables) if tables else pd.DataFrame()


def _parts(place: Path, start: pd.Timestamp | None, end: pd.Timestamp | None) -> list[Path]:
    """Return the parts of all days that there may be something in."""
    found = []
    for folder in sorted(place.glob("????-??-??")):
        begin = pd.Timestamp(folder.name, tz="UTC")
        if (end is None or begin < end) and (start is None or begin + pd.Timedelta(days=1) > start):
            found += _whole(folder)
    return found


def _whole(folder: Path, writer: str = "[0-9a-f]*") -> list[Path]:
    """Return the parts of a day, without those that a joined one holds."""
    parts = sorted(folder.glob(f"{writer}-*.parquet"), key=_range)
    found: list[Path] = []
    for part in parts:
        if found:
            (who, _, end), (last_who, _, last_end) = _range(part), _range(found[-1])
            if who == last_who and -end <= -last_end:
                continue
        found.append(part)
    return found


def _range(part: Path) -> tuple[str, int, int]:
    """Return who wrote a part, its first number, and its last below zero: the widest comes first."""
    writer, first, last = part.stem.split("-")
    return writer, int(first), -int(last)


def _write(
    folder: Path, writer: str, first: int, last: int, tables: Sequence[pd.DataFrame]
) -> None:
    table = stacked(tables)
    with replacing(folder / f"{writer}-{first:08d}-{last:08d}.parquet") as part:
        table.to_parquet(part, index=False)


def _join(folder: Path, writer: str, first: int, last: int) -> None:
    """Make one part of those with the numbers from `first` to `last`, and remove them."""
    parts = [part for part in _whole(folder, writer) if _range(part)[1] >= first]
    _write(folder, writer, first, last, [pd.read_parquet(part) for part in parts])
    for part in parts:
        with suppress(FileNotFoundError):
            part.unlink()
