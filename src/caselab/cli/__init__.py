"""The command `caselab`; `commands`, `lifecycle` and `maintenance` are the table of its commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from caselab.errors import UserError, tell
from caselab.storage.files import mendable

if TYPE_CHECKING:
    import typer


def main() -> None:
    """Run the command; what a user can mend is said in one line."""
    try:
        with mendable():
            application()()
    except UserError as error:
        tell(error)
        sys.exit(2)


def application() -> typer.Typer:
    """Return the application with all its commands, in the order in which help lists them."""
    # Here, because others import single files of this folder, which the table would slow down.
    from caselab.cli import app, commands, lifecycle, maintenance  # noqa: F401  they fill it

    return app.app
