"""Pictures of a report, one file per family; `roc` of `curves.py` is named `curves.roc`.

Each function takes a report and returns a plot, or None where the report has nothing for it to
draw (no threshold where there are three classes, no epochs where nothing was trained by epochs).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caselab.evaluation.plots.style import Plot
    from caselab.evaluation.report import Report


def load(name: str) -> Callable[[Report], Plot | None]:
    """Return the function of a plot's name, `file.function`."""
    file, function = name.split(".")
    plot: Callable[[Report], Plot | None] = getattr(import_module(f"{__name__}.{file}"), function)
    return plot
