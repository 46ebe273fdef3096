"""The command `caselab`; `commands.py` is the table of its commands."""

import sys

from caselab.errors import UserError
from caselab.storage.files import mendable


def main() -> None:
    """Run the command; what a user can mend is said in one line."""
    # Here, because others import single files of this folder, which the table would slow down.
    from caselab.cli import app, commands  # noqa: F401  the table fills the application

    try:
        with mendable():
            app.app()
    except UserError as error:
        sys.stderr.write(f"caselab: {' '.join(str(error).split())}\n")
        sys.exit(2)
