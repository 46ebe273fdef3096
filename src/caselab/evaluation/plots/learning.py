"""Learning curves: scores by number of rows learned from, and losses epoch by epoch."""

from typing import Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from caselab.evaluation.plots.style import (
    BLUE,
    MUTED,
    REFERENCE,
    VERMILION,
    Plot,
    canvas,
    fill,
    name_lines,
)
from caselab.evaluation.report import Report

_COLORS = {"train": VERMILION, "validation": BLUE}


def learning_curve(report: Report) -> Plot | None:
    """Draw the primary metric over the number of training rows, on those rows and on held-out ones.

    Folds differ by a row or two in size, so the points of a curve are counted from the whole fold
    down. Folds that were fitted on all their rows only say nothing of fewer.
    """
    points = report.learning_curve
    if points is None:
        return None
    steps = points.groupby("fold")["rows"].transform("size")
    points = points[steps == steps.max()]
    if steps.max() < 2:
        return None
    sizes = points.groupby(points.groupby("fold").cumcount(ascending=False))
    n_folds = points["fold"].nunique()
    figure, axes = canvas(
        f"Learning curve of {report.pipeline}",
        f"{report.case.title} · mean of {n_folds} folds; band: lowest to highest fold"
        if n_folds > 1
        else report.case.title,
        right=0.95,
    )
    mean, ends = sizes[["rows", *_COLORS]].mean().sort_values("rows"), []
    for part, color in _COLORS.items():
        axes.plot(mean["rows"], mean[part], color=color, marker="o", markersize=4)
        ends.append((mean["rows"].iloc[-1], mean[part].iloc[-1], part, color))
    low, high = sizes["validation"].min(), sizes["validation"].max()
    fill(axes, mean["rows"], low[mean.index], high[mean.index], BLUE)
    axes.set(xlabel="Training rows", ylabel=report.metric.title)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    name_lines(axes, ends)
    return Plot(figure, mean)


def epochs(report: Report) -> Plot | None:
    """Draw what was measured after each epoch, or round of boosting, and which one was taken.

    Thin lines are of folds, the bold one is of the fit on all rows; upright ones part the phases.
    """
    history = report.history
    if history is None or history.empty:
        return None
    measured = [name for name in history.columns if name.split("_", 1)[0] in _COLORS]
    panels = sorted(
        {name.split("_", 1)[1] for name in measured}, key=lambda name: (name != "loss", name)
    )
    step = getattr(learner(report), "step", "epoch")
    chosen = getattr(learner(report), "best_epoch_", None)
    of = "" if (history["fold"] == "all").any() else " of the last fold"
    told = "" if chosen is None else f"; dashed: the {step} that was taken{of} ({chosen:,})"
    figure, grid = canvas(
        f"{step.capitalize()}s of {report.pipeline}",
        f"{report.case.title} · thin: folds; bold: the fit on all rows{told}",
        width=4.1 * len(panels) + 2.3 * (len(panels) == 1),
        right=0.95,  # for the lines' names
        spread=0.55,
        height=3.9,
        ncols=len(panels),
        squeeze=False,
    )
    folds = dict(tuple(history.groupby("fold", sort=True)))
    whole = folds.pop("all", None)
    for axes, panel in zip(grid[0], panels, strict=True):
        ends = []
        for part, color in _COLORS.items():
            name = f"{part}_{panel}"
            if name not in measured:
                continue
            for fold in folds.values():
                axes.plot(fold["epoch"], fold[name], color=color, linewidth=0.7, alpha=0.5)
            last = whole if whole is not None else fold
            if whole is not None:
                axes.plot(whole["epoch"], whole[name], color=color)
            ends.append((last["epoch"].iloc[-1], last[name].iloc[-1], part, color))
        if chosen is not None:
            axes.axvline(chosen, **REFERENCE)
        for began, phase in _phases(last):
            axes.axvline(began - 0.5, color=MUTED, linewidth=0.6)
            axes.annotate(
                f"phase {phase}",
                (began - 0.5, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -9),
                textcoords="offset points",
                size=7.5,
                color=MUTED,
            )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel=step.capitalize(), ylabel=panel.replace("_", " ").capitalize())
        name_lines(axes, ends)
    data = history if whole is None else whole
    return Plot(figure, data[["epoch", *measured]])


def _phases(history: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the first epoch of each phase of one fit, with the phase's number."""
    if "phase" not in history:
        return []
    first = history.drop_duplicates("phase")
    return [*zip(first["epoch"].astype(int), first["phase"].astype(int), strict=True)]


def learner(report: Report) -> Any:
    """Return what learned, also from within one that learns on another scale."""
    if report.estimator is None:
        return None
    return getattr(report.estimator[-1], "regressor_", report.estimator[-1])
