"""ROC and precision-recall curves: how well probabilities rank rows, whatever the threshold."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from caselab.evaluation.intervals import band
from caselab.evaluation.metrics.classification import (
    Kernel,
    asked_classes,
    labels,
    positive_class,
    pr_auc,
    probability,
    roc_auc,
    ties,
)
from caselab.evaluation.plots.style import (
    MUTED,
    REFERENCE,
    Plot,
    canvas,
    fill,
    list_lines,
    stroke,
    unit_square,
)
from caselab.evaluation.report import Report

_SQUARE = {"width": 5.2, "height": 5.61}

Curve = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From truth and score of rows `(n_samples,)`, weights `(n_resamples, n_samples)` and x
`(n_points,)` to y `(n_resamples, n_points)`."""


def roc(report: Report) -> Plot:
    """Draw the share of a class that is found over the share of the rest that is raised with it."""
    figure, axes = canvas(
        f"ROC curve of {report.pipeline}", _subtitle(report, "roc_auc"), **_SQUARE
    )
    unit_square(axes, "False positive rate", "True positive rate")
    axes.plot([0, 1], [0, 1], **REFERENCE)
    axes.text(0.88, 0.835, "chance", color=MUTED, size=8.5, rotation=45, ha="center", va="center")
    data = _draw(axes, report, true_positive_rate, np.linspace(0, 1, 201), roc_auc, 0.62)
    return Plot(
        figure, data.rename(columns={"x": "false_positive_rate", "y": "true_positive_rate"})
    )


def precision_recall(report: Report) -> Plot:
    """Draw how many of the raised rows are of a class over the share of it that is found."""
    figure, axes = canvas(
        f"Precision and recall of {report.pipeline}",
        _subtitle(report, "pr_auc"),
        **_SQUARE,
    )
    unit_square(axes, "Recall", "Precision")
    positive = positive_class(report.answers, report.case)
    if positive is not None:
        share = float(np.mean(labels(report.truth) == positive))
        axes.axhline(share, **REFERENCE)
        axes.text(0.01, share - 0.015, f"chance {share:.0%}", color=MUTED, size=8.5, va="top")
    data = _draw(axes, report, precision, np.linspace(0, 1, 201)[1:], pr_auc, 0.1)
    return Plot(figure, data.rename(columns={"x": "recall", "y": "precision"}))


def true_positive_rate(
    truth: np.ndarray, score: np.ndarray, weights: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """Return the true positive rate at these false positive rates, `(n_resamples, n_points)`."""
    yes, no = _above(truth, score, weights)
    with np.errstate(invalid="ignore"):
        rates = zip(no / no[:, -1:], yes / yes[:, -1:], strict=True)
    return np.stack([np.interp(at, x, y) for x, y in rates])


def precision(
    truth: np.ndarray, score: np.ndarray, weights: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """Return the precision at the highest threshold that reaches these recalls (above 0)."""
    yes, no = _above(truth, score, weights)
    with np.errstate(invalid="ignore"):
        curves = zip(yes / yes[:, -1:], yes / (yes + no), strict=True)
    return np.stack([y[np.searchsorted(x, at).clip(max=len(x) - 1)] for x, y in curves])


def _subtitle(report: Report, metric: str) -> str:
    return f"{report.subject}\n{report.score(metric)}"


def _draw(
    axes: Axes,
    report: Report,
    curve: Curve,
    at: np.ndarray,
    area: Kernel,
    names_at: float,
) -> pd.DataFrame:
    """Draw one curve with its band, or one for each class, and return what was drawn."""
    truth, one = labels(report.truth), np.ones((1, len(report.truth)))
    asked = asked_classes(report.truth, report.answers, report.case)
    tables, names = [], []
    for number, label in enumerate(asked):
        drawn = stroke(number)
        is_class, score = truth == label, probability(report.answers, label)
        y = curve(is_class, score, one, at)[0]
        table = pd.DataFrame({"class": label, "x": at, "y": y})
        axes.plot(at, y, clip_on=False, zorder=3, **drawn)
        if len(asked) == 1:

            def resampled(weights: np.ndarray) -> np.ndarray:
                return curve(is_class, score, weights, at)  # noqa: B023  called at once

            table["low"], table["high"] = band(resampled, report.units, report.seed)
            fill(axes, at, table["low"], table["high"], drawn["color"])
        else:
            names.append(f"{label} {area(is_class, score, one)[0]:.3f}")
        tables.append(table)
    list_lines(axes, names, names_at)
    return pd.concat(tables, ignore_index=True)


def _above(
    truth: np.ndarray, score: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight of rows of the class and of the rest that score no less than each score.

    Both are `(n_resamples, n_scores + 1)`, from none of the rows to all.
    """
    order, starts = ties(-score)
    weights = weights[:, order]
    nothing = np.zeros((len(weights), 1))
    yes = np.add.reduceat(weights * truth[order], starts, axis=1).cumsum(axis=1)
    every = np.add.reduceat(weights, starts, axis=1).cumsum(axis=1)
    return np.hstack([nothing, yes]), np.hstack([nothing, every - yes])
