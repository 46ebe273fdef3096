"""Calibration curve: whether what is said to happen in one case of five does."""

import numpy as np
import pandas as pd
from scipy import stats

from caselab.evaluation.metrics.classification import labels, positive_class, probability
from caselab.evaluation.plots.style import (
    BLUE,
    MUTED,
    REFERENCE,
    Plot,
    canvas,
    unit_square,
)
from caselab.evaluation.report import Report

N_BINS = 10


def calibration(report: Report) -> Plot:
    """Draw how often rows were positive over how probable they were said to be.

    Rows are put in ten bins of equal size by their probability; each bin's share has a Wilson
    interval. With three or more classes it is the probability of the class that was most probable,
    and how often that class came true (Guo et al., 2017). Below, how many rows got which.
    """
    positive = positive_class(report.answers, report.case)
    truth = labels(report.truth)
    if positive is None:
        score = report.answers.max(axis=1).to_numpy()
        came_true = truth == report.answers.idxmax(axis=1).to_numpy()
        of = "the most probable class"
    else:
        score, came_true, of = probability(report.answers, positive), truth == positive, positive
    bins = reliability(score, came_true)

    figure, (axes, below) = canvas(
        f"Calibration of {report.pipeline}",
        f"{report.subject}\n{report.score('brier')}",
        width=5.2,
        height=6.4,
        spread=0.06,
        nrows=2,
        height_ratios=(5, 1),
        sharex=True,
    )
    unit_square(
        axes,
        "",
        "Share that came true" if positive is None else f"Share that was {of}",
        aspect="auto",
    )
    axes.tick_params(axis="x", length=0)
    axes.plot([0, 1], [0, 1], **REFERENCE)
    axes.text(0.88, 0.835, "perfect", color=MUTED, size=8.5, rotation=45, ha="center", va="center")
    axes.vlines(bins["probability"], bins["low"], bins["high"], color=BLUE, alpha=0.45)
    axes.plot(bins["probability"], bins["observed"], color=BLUE, marker="o", markersize=4.5)
    below.hist(score, bins=np.linspace(0, 1, 41), color=BLUE, edgecolor="white", linewidth=0.4)
    below.set(xlabel=f"Probability of {of}", ylabel="Rows")
    below.grid(visible=False, axis="x")
    return Plot(figure, bins)


def reliability(score: np.ndarray, came_true: np.ndarray) -> pd.DataFrame:
    """Return mean probability, observed share with its 95 % Wilson interval and rows of each bin."""
    edges = np.unique(np.quantile(score, np.linspace(0, 1, N_BINS + 1)))
    bin_of = np.searchsorted(edges[1:-1], score, side="left")
    lines = []
    for number in np.unique(bin_of):
        inside = bin_of == number
        hits, rows = int(came_true[inside].sum()), int(inside.sum())
        interval = stats.binomtest(hits, rows).proportion_ci(0.95, method="wilson")
        lines.append((score[inside].mean(), hits / rows, interval.low, interval.high, rows))
    return pd.DataFrame(lines, columns=["probability", "observed", "low", "high", "rows"])
