"""Overlays: a curve of all of a case's pipelines in one picture, from the tables of their own plots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from caselab.evaluation.metrics import Metric
from caselab.evaluation.plots.style import (
    MUTED,
    REFERENCE,
    Plot,
    canvas,
    stroke,
    text_width,
    unit_square,
)

_FEW = 30
"""Points up to which each is marked."""


@dataclass(frozen=True)
class Overlay:
    """Which columns of a plot's table are drawn over each other, and how they are called."""

    title: str
    x: str
    y: str
    xlabel: str
    ylabel: str = ""
    """The case's metric where it is empty."""
    frame: Literal["free", "unit square", "from zero"] = "free"
    diagonal: str = ""
    """What a curve on the diagonal would be."""
    ticks: tuple[float, ...] = ()
    """Of a logarithmic x axis."""


OVERLAYS: Mapping[str, Overlay] = {
    "roc": Overlay(
        "ROC curves", "false_positive_rate", "true_positive_rate", "False positive rate",
        "True positive rate", "unit square", "chance",
    ),
    "precision_recall": Overlay(
        "precision and recall", "recall", "precision", "Recall", "Precision", "unit square"
    ),
    "calibration": Overlay(
        "calibration", "probability", "observed", "Probability", "Share that came true",
        "unit square", "perfect",
    ),
    "threshold": Overlay(
        "F1 by threshold", "threshold", "f1", "Threshold", "F1", "unit square"
    ),
    "cost": Overlay(
        "cost by threshold", "threshold", "cost", "Threshold", "Cost of 100 rows", "from zero"
    ),
    "error_by_decile": Overlay(
        "error by tenth of the rows", "tenth", "error", "Tenth of the rows by prediction",
        "Mean size of the error", "from zero",
    ),
    "residual_distribution": Overlay(
        "quantiles of the residuals", "normal", "residual", "Normal quantile",
        "Residual, or its log ratio",
    ),
    "error_by_step": Overlay(
        "error by moments ahead", "ahead", "error", "Moments ahead",
        "Mean size of the error, in scales", "from zero",
    ),
    "error_by_popularity": Overlay(
        "error by how well a film is known", "ratings_in_training", "rmse",
        "Ratings of the film in training", "RMSE",
    ),
    "recall_by_length": Overlay(
        "what lists find, by their length", "length", "recall", "Length of the list", "Recall",
        "from zero", ticks=(1, 3, 10, 30, 100),
    ),
    "ndcg_by_history": Overlay(
        "nDCG by a user's history", "met_in_training", "ndcg_at_10",
        "Items that the user met in training", "nDCG@10", "from zero",
    ),
    "k_selection": Overlay(
        "silhouette by number of clusters", "clusters", "silhouette", "Clusters", "Silhouette"
    ),
    "number": Overlay("coherence by number of topics", "n_topics", "npmi", "Topics", "NPMI"),
    "rate": Overlay(
        "error by numbers a code", "n_codes", "error", "Numbers a code", "Mean squared error",
        "from zero", ticks=(2, 4, 8, 16, 32, 64),
    ),
    "learning_curve": Overlay(
        "held-out score by rows learned from", "rows", "validation", "Training rows"
    ),
    "epochs": Overlay(
        "validation loss by epoch", "epoch", "validation_loss", "Epoch or round",
        "Validation loss",
    ),
}  # fmt: skip
"""By the name of the plot, in the order in which people look at them."""


def overlay(
    name: str,
    table: pd.DataFrame,
    rows: Sequence[Mapping[str, Any]],
    *,
    case: str,
    title: str,
    metric: Metric,
    baseline: str,
) -> Plot | None:
    """Draw one line for each pipeline; None where no line has two points.

    Args:
        name: of the plot, one of OVERLAYS.
        table: the plot's tables of all pipelines, with their names in the column `pipeline`.
        rows: the leaderboard's, best first: the best is drawn on top.
        case: its name, which names of pipelines begin with.
        title: the case's.
        metric: the case's.
        baseline: the architecture whose line is grey.
    """
    drawn = OVERLAYS[name]
    if not {drawn.x, drawn.y} <= set(table.columns):
        return None
    several = "class" in table and bool((table["class"] != table["class"].iloc[0]).any())
    # One line each: of several classes, or of folds, the mean.
    means = table.groupby(["pipeline", drawn.x], sort=True)[drawn.y].mean().dropna()
    known = {str(pipeline) for pipeline, n in means.groupby("pipeline").size().items() if n > 1}
    shown = [row for row in rows if row["pipeline"] in known]
    if not shown:
        return None
    names = [row["pipeline"].removeprefix(f"{case}-") for row in shown]
    square = drawn.frame == "unit square"
    right = 0.55 + max(text_width(each, 8.5) for each in names)
    left, ylabel = 0.85, drawn.ylabel or metric.title
    height = max(5.0 if square else 4.2, 1.4 + 0.22 * len(shown))
    figure, axes = canvas(
        f"{title}: {drawn.title}",
        "Best validation score first" + (", mean over the classes" if several else ""),
        width=left + right + (3.75 if square else 4.6),
        height=height,
        left=left,
        right=right,
    )
    if square:
        unit_square(axes, drawn.xlabel, ylabel, aspect="auto")
    axes.set(xlabel=drawn.xlabel, ylabel=ylabel)
    if drawn.diagonal:
        axes.plot([0, 1], [0, 1], **REFERENCE)
        axes.text(0.86, 0.8, drawn.diagonal, color=MUTED, size=8.5, rotation=40, ha="center")
    look = looks(rows, baseline)
    for place, (row, pipeline) in enumerate(zip(shown, names, strict=True)):
        curve = means.loc[row["pipeline"]]
        marks = {"marker": "o", "markersize": 3.5} if len(curve) <= _FEW else {}
        line = {**look[row["pipeline"]], **marks}
        axes.plot(curve.index, curve.to_numpy(), label=pipeline, zorder=4 - place / 100, **line)
    if drawn.ticks:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(drawn.ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter("{x:g}")
    elif not square:
        whole = bool((means.index.get_level_values(drawn.x) % 1 == 0).all())
        axes.xaxis.set_major_locator(MaxNLocator(integer=whole, steps=[1, 2, 5, 10]))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:,.6g}")
    if drawn.frame == "from zero":
        axes.set_ylim(bottom=0)
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.01), frameon=False, fontsize=8.5, handlelength=1.6
    )
    order = [row["pipeline"] for row in shown]
    return Plot(figure, means.reset_index().set_index("pipeline").loc[order].reset_index())


def looks(rows: Sequence[Mapping[str, Any]], baseline: str) -> dict[str, dict[str, Any]]:
    """Return how each pipeline's line is drawn, the same in every picture of a case."""
    found: dict[str, dict[str, Any]] = {}
    rivals = [row["pipeline"] for row in rows if row["architecture"] != baseline]
    for number, pipeline in enumerate(rivals):
        found[pipeline] = {
            **stroke(number),
            "linewidth": 1.5 if number else 2.4,
        }
    others = {"color": MUTED, "linestyle": "-", "linewidth": 1.2}
    return {row["pipeline"]: found.get(row["pipeline"], others) for row in rows}
