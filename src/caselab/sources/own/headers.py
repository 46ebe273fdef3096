"""The first line of a table, of whatever form: columns' names, and how messages quote it."""

from pathlib import Path

from caselab.errors import UserError


def check(path: Path, names: list[str]) -> None:
    """Refuse names of columns that cannot be told apart.

    Raises:
        UserError: there are such.
    """
    names = [name.strip() for name in names]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(
            f"{path} has more than one column named {', '.join(map(repr, twice))}; rename them."
        )


def shortened(line: str) -> str:
    """Return as much of a line as a message shows."""
    return line if len(line) <= 40 else f"{line[:39]}…"


def first_line(error: Exception) -> str:
    """Return what a library says, without what it says beside."""
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
