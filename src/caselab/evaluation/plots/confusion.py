"""Confusion matrix: what was decided for rows of each class."""

import numpy as np
import pandas as pd

from caselab.evaluation.metrics.classification import classes, labels
from caselab.evaluation.plots.style import FAINT_TO_BLUE, INK, Plot, canvas, text_width
from caselab.evaluation.report import Report
from caselab.numbers import percent


def confusion_matrix(report: Report) -> Plot:
    """Draw how many rows of each class were decided to be of each; shares are of the true class.

    The table has one line per test row, as DVC's template `confusion` counts for itself.
    """
    truth, said = labels(report.truth), report.decided.to_numpy()
    names = sorted({*classes(report.truth, report.answers), *said})
    counts = pd.crosstab(truth, said).reindex(index=names, columns=names, fill_value=0).to_numpy()
    whole = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, whole, out=np.zeros(counts.shape), where=whole > 0)

    cells = 0.62 * max(len(names), 4)
    longest = max(text_width(name, 8) for name in names)
    upright = longest > cells / len(names)
    left, bottom = 0.5 + longest, 0.55 + longest * upright
    figure, axes = canvas(
        f"Decisions of {report.pipeline}",
        f"{report.subject}\n{_rule(report)}",
        width=max(left + cells + 0.3, 4.6),
        height=bottom + cells + 0.88,
        left=left,
        right=max(0.3, 4.6 - left - cells),
        bottom=bottom,
    )
    axes.imshow(shares, cmap=FAINT_TO_BLUE, vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        color = "white" if share > 0.7 else INK
        size = 12 if len(names) <= 3 else 8.5
        if not count:  # an empty cell says it all
            continue
        axes.text(column, row, f"{count:,}", ha="center", va="bottom", color=color, size=size)
        axes.text(column, row + 0.06, percent(share), ha="center", va="top", color=color, size=8)
    ticks = range(len(names))
    axes.set_xticks(ticks, names, rotation=90 if upright else 0)
    axes.set_yticks(ticks, names)
    axes.set(xlabel="Decided", ylabel="True")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return Plot(figure, pd.DataFrame({"actual": truth, "predicted": said}), of_rows=True)


def _rule(report: Report) -> str:
    if "threshold" not in report.decision:
        return "The most probable class is decided; shares are of the true class, empty: none"
    threshold = min(report.decision["threshold"], 1.0)
    return f"Positive from a probability of {threshold:.3f}; shares are of the true class"
