"""Pictures of what was written for pictures: hits and misses, and what was never learned told apart."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation import intervals
from caselab.evaluation.metrics.generation import TEXT, chrf, exact
from caselab.evaluation.plots.gallery import are_pictures, show
from caselab.evaluation.plots.style import BLUE, GREEN, INK, VERMILION, Plot, canvas
from caselab.evaluation.report import Report

COLUMNS, ROWS = 5, 6
LETTERS = 28
"""That stand in a line of a name, of which there are two at most."""
FAR, EQUAL = 30.0, 99.9
"""chrF below which a text is a miss, and above which it is the one that was asked for."""


def pictures(report: Report) -> Plot | None:
    """Draw test pictures from the worst to the best, with what was asked and what was written.

    None where the rows are no pictures. The table has one line per picture.
    """
    if not are_pictures(report.X) or report.y is None or TEXT not in report.answers:
        return None
    written, asked = report.answers[TEXT].astype(str), report.y.astype(str)
    table = pd.DataFrame(
        {
            "id": report.ids,
            "written": written,
            "asked": asked,
            "learned": _learned(report),
            "chrf": chrf(report.y, report.answers, np.eye(len(asked))),
        }
    )
    order = np.argsort(table["chrf"].to_numpy(), kind="stable")
    n_shown = min(COLUMNS * ROWS, len(order))
    shown = order[np.linspace(0, len(order) - 1, n_shown).round().astype(int)]
    figure, places = canvas(
        f"What {report.pipeline} calls pictures",
        f"{report.subject}, of which these are from the worst to the best by chrF: above each what it "
        f"is, below what was written\n{report.score('chrf')} · {report.score('exact')}",
        width=8.6,
        height=1.1 + 1.4 * ROWS,
        left=0.2,
        right=0.2,
        bottom=0.3,
        spread=0.6,
        nrows=ROWS,
        ncols=COLUMNS,
    )
    for axes in places.flat:
        axes.set_axis_off()
    for axes, place in zip(places.flat, shown, strict=False):
        found: Any = table.iloc[place]
        show(axes, np.asarray(report.X[[place]])[0])
        color = GREEN if found["chrf"] >= EQUAL else VERMILION if found["chrf"] < FAR else BLUE
        _name(axes, found["asked"], 1.03, "bottom", INK)
        _name(axes, found["written"] or "(nothing)", -0.03, "top", color)
    return Plot(figure, table, of_rows=True)


def learned(report: Report) -> Plot | None:
    """Draw how good texts are that stood in training for another picture, and those that did not.

    None where the rows are no pictures, or all texts of one of these kinds.
    """
    told = _learned(report)
    if not are_pictures(report.X) or report.y is None or told is None or len({*told}) < 2:
        return None
    rows = []
    for kind, name in ((True, "stood in training"), (False, "never seen")):
        mask = told == kind
        y, answers = report.y[mask].reset_index(drop=True), report.answers[mask]
        answers = answers.reset_index(drop=True)
        units = np.unique(report.units[mask], return_inverse=True)[1]
        drawn = np.concatenate([*intervals.resamples(units, seed=report.seed)])
        for metric, found in (("chrF", chrf), ("share equal", exact)):
            low, high = intervals.percentile(np.asarray(found(y, answers, drawn)))
            rows.append((name, int(mask.sum()), metric, found(y, answers), low, high))
    table = pd.DataFrame(rows, columns=["text", "rows", "metric", "score", "low", "high"])
    figure, places = canvas(
        f"What {report.pipeline} writes of texts that it has learned, and of others",
        f"{report.subject}\nWith 95 % intervals",
        left=1.75,
        ncols=2,
    )
    for axes, (title, part) in zip(places, table.groupby("metric", sort=False), strict=True):
        y = np.arange(len(part))[::-1]
        errors = [part["score"] - part["low"], part["high"] - part["score"]]
        axes.errorbar(part["score"], y, xerr=errors, fmt="o", color=BLUE, capsize=3)
        names = [f"{text}, {rows:,}" for text, rows in zip(part["text"], part["rows"], strict=True)]
        axes.set_yticks(y, names if axes is places[0] else [""] * len(y))
        axes.set(xlabel=str(title), ylim=(-0.5, len(part) - 0.5))
        axes.set_xlim(left=0)
    return Plot(figure, table)


def _learned(report: Report) -> np.ndarray | None:
    """Tell of each test row whether its text stood in training."""
    if report.y is None or report.background_y is None:
        return None
    return report.y.astype(str).isin({*report.background_y.astype(str)}).to_numpy()


def _name(axes: Any, text: str, y: float, side: str, color: str) -> None:
    axes.text(
        0.5,
        y,
        "\n".join(textwrap.wrap(text, LETTERS, max_lines=2, placeholder=" …")),
        size=6.5,
        linespacing=1.0,
        ha="center",
        va=side,
        color=color,
        transform=axes.transAxes,
        parse_math=False,
    )
