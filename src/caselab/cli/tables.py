"""How answers look to people: tables on a terminal, plain text in a pipe."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 160
"""Columns where there is no terminal to fit into."""

PROSE = 24
"""Columns that a cell of words has at least, or as many as it needs."""

BROKEN = 10
"""Columns that a name keeps where it is broken into lines, so that no number is."""

BETWEEN = 3
"""Columns between two cells."""

EDGES = 2
"""Columns before the first and behind the last cell, where there is room."""

MARKS = ">~"


def console() -> Console:
    """Return where tables are printed to."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


@dataclass(frozen=True)
class Fitting:
    """A table that fits its console: columns go where it is narrow, no cell is ever cut.

    First `short` cells take the places of long ones, then `spare` columns go, the first named first;
    then names are broken into lines, and numbers only where that is still too wide.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Text]]
    title: str = ""
    spare: Sequence[str] = ()
    short: Mapping[str, str] = field(default_factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as much as there is room for, and say what is left out."""
        columns, rows = list(self.columns), [list(row) for row in self.rows]
        if self.short and _width(columns, rows) > options.max_width:
            columns = [self.short.get(column, column) for column in columns]
            rows = [[_shorter(cell, self.short) for cell in row] for row in rows]
        gone = []
        for name in self.spare:
            if _width(columns, rows) > options.max_width and name in columns:
                place = columns.index(name)
                gone.append(columns.pop(place).lstrip(MARKS))
                for row in rows:
                    del row[place]
        width = _width(columns, rows)
        fits = width <= options.max_width
        numbers_fit = _width(columns, rows, BROKEN) <= options.max_width
        result = Table(
            title=self.title or None,
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            show_edge=width + EDGES <= options.max_width,
        )
        for column in columns:
            result.add_column(
                column.lstrip(MARKS),
                justify="right" if ">" in column[:2] else "left",
                no_wrap=not _is_prose(column) and (fits or (numbers_fit and _is_number(column))),
                overflow="fold",
            )
        for row in rows:
            result.add_row(*row)
        yield result
        if gone:
            yield Text(f"In a wider window also: {', '.join(gone)}.", style="dim")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    title: str = "",
    *,
    spare: Sequence[str] = (),
    short: Mapping[str, str] | None = None,
) -> Fitting:
    """Return a table; marks before a column's name: `>` aligned to the right, `~` wrapped at words.

    Cells are taken as they are: a word in brackets is no markup. In a narrow window cells and heads
    are written as `short` has them, and columns of `spare` are left out.
    """
    cells = [[c if isinstance(c, Text) else Text(str(c or "")) for c in row] for row in rows]
    return Fitting(columns, cells, title, spare, short or {})


def without(prefix: str, names: Iterable[str], head: str = "pipeline") -> dict[str, str]:
    """Return names without what all of a case's begin with, which then is the head of their column."""
    there = {name: name.removeprefix(prefix) for name in names if name != prefix}
    return there | {head: prefix} if all(map(str.startswith, there, repeat(prefix))) else {}


def _width(
    columns: Sequence[str], rows: Sequence[Sequence[Text]], broken: int | None = None
) -> int:
    """Return the columns that a table needs when only its prose is wrapped.

    Names may be `broken` too, into lines of so many columns.
    """
    needed = 0
    for place, column in enumerate(columns):
        longest = max([cell_len(column.lstrip(MARKS)), *(row[place].cell_len for row in rows)])
        most = PROSE if _is_prose(column) else longest if _is_number(column) else broken
        needed += min(longest, most or longest)
    return needed + BETWEEN * (len(columns) - 1)


def _is_number(column: str) -> bool:
    return ">" in column[:2]


def _is_prose(column: str) -> bool:
    return "~" in column[:2]


def _shorter(cell: Text, short: Mapping[str, str]) -> Text:
    return Text(short.get(cell.plain, cell.plain), style=cell.style)


def print_json(content: Any) -> None:
    """Print for programs."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")
