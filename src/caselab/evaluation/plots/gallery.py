"""Gallery of errors: pictures that a pipeline got wrong."""

from typing import TypeGuard

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from caselab.evaluation.metrics.classification import labels, probability
from caselab.evaluation.plots.style import INK, VERMILION, Plot, canvas, fitting
from caselab.evaluation.report import Report
from caselab.storage.rows import Rows

COLUMNS, ROWS = 6, 4


def errors(report: Report) -> Plot | None:
    """Draw the test pictures that were decided wrongly with the greatest probability.

    None where the rows are no pictures, the answers no probabilities of classes, or nothing is
    wrong. The table has one line per wrong row, the most confident first.
    """
    if not are_pictures(report.X) or report.y is None:
        return None
    if not set(report.decided) <= set(report.answers.columns):
        return None
    truth, said = labels(report.y), report.decided.to_numpy()
    of_said = np.max([np.where(said == c, report.answers[c], 0) for c in report.answers], axis=0)
    of_truth = np.max(
        [np.where(truth == c, probability(report.answers, c), 0) for c in {*truth}], axis=0
    )
    wrong = np.flatnonzero(truth != said)
    wrong = wrong[np.argsort(-of_said[wrong], kind="stable")]
    if not len(wrong):
        return None
    figure, places = canvas(
        f"Errors that {report.pipeline} was surest of",
        f"{report.subject}, of which {len(wrong):,} are decided wrongly\n"
        "Above each picture what it is, below what was decided and with what probability",
        height=1.0 + 1.14 * ROWS,
        left=0.2,
        right=0.2,
        bottom=0.25,
        spread=0.42,
        nrows=ROWS,
        ncols=COLUMNS,
    )
    for axes in places.flat:
        axes.set_axis_off()
    for axes, row in zip(places.flat, wrong, strict=False):
        show(axes, report.X[row])
        _caption(axes, truth[row], 1.03, "bottom", INK)
        _caption(axes, f"{said[row]} {of_said[row]:.2f}", -0.03, "top", VERMILION)
    table = {
        "id": report.ids.iloc[wrong].to_numpy(),
        "actual": truth[wrong],
        "predicted": said[wrong],
        "probability": of_said[wrong],
        "probability_of_actual": of_truth[wrong],
    }
    return Plot(figure, pd.DataFrame(table), of_rows=True)


def are_pictures(X: object) -> TypeGuard[np.ndarray | Rows]:
    """Tell whether these are bytes `(n, height, width)` or `(n, height, width, 3)`."""
    if not isinstance(X, np.ndarray | Rows) or X.dtype != np.uint8:
        return False
    return X.ndim == 3 or (X.ndim == 4 and X.shape[3] == 3)


def show(axes: Axes, picture: np.ndarray) -> None:
    """Draw one picture, grey or in colour, and nothing around it."""
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()


def _caption(axes: Axes, text: str, y: float, side: str, color: str) -> None:
    size = fitting(text, 7.5, 1.05)
    axes.text(0.5, y, text, size=size, ha="center", va=side, color=color, transform=axes.transAxes)
