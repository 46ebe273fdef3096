"""report: a case's page, made anew and opened."""

import os
import sys
import webbrowser

from caselab import params
from caselab.cli import tables
from caselab.pages import case_page


def report(case: str) -> None:
    """Write the page of a case, print where it is, and open it where somebody can see it."""
    file = case_page.write(params.load(), case)
    tables.console().print(str(file), markup=False, soft_wrap=True)
    if sys.stdout.isatty() and _has_display():
        webbrowser.open(file.resolve().as_uri())


def _has_display() -> bool:
    return sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
