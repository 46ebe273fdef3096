"""How answers look to people: tables on a terminal, plain text in a pipe."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from caselab.evaluation.numbers import between, number

PIPE_WIDTH = 160
"""Columns where there is no terminal to fit into."""


def console() -> Console:
    """Return where tables are printed to."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> Table:
    """Return a table; columns whose name starts with `>` are aligned to the right.

    Cells are taken as they are: a word in brackets is no markup.
    """
    result = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        result.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        result.add_row(*(cell if isinstance(cell, Text) else Text(str(cell or "")) for cell in row))
    return result


def score(value: dict[str, float] | None) -> str:
    """Return a value with its interval: `0.848 (0.839-0.857)`."""
    if not value or value.get("value") is None:
        return ""
    text = number(value["value"])
    if value.get("low") is not None:
        text += f" ({between(value['low'], value['high'])})"
    return text


def size(n_bytes: float | None) -> str:
    """Return a size in bytes in the unit that suits."""
    if n_bytes is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} {unit}" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


def seconds(duration: float | None) -> str:
    """Return a duration in the unit that suits."""
    if duration is None:
        return ""
    if duration < 120:
        return f"{duration:.1f} s"
    return f"{duration / 60:.0f} min" if duration < 7200 else f"{duration / 3600:.1f} h"


def print_json(content: Any) -> None:
    """Print for programs."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")
