"""Decision threshold: what follows from where negative and positive are parted."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from caselab.evaluation.intervals import band
from caselab.evaluation.metrics.classification import labels, positive_class, probability
from caselab.evaluation.plots.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    REFERENCE,
    VERMILION,
    Plot,
    canvas,
    fill,
    name_lines,
)
from caselab.evaluation.report import Report

_GRID = np.linspace(0, 1, 101)


def cost(report: Report) -> Plot | None:
    """Draw what errors cost at each threshold, in the unit of the costs in params.yaml."""
    if "threshold" not in report.decision:
        return None
    costs = report.settings.get("costs") or {}
    per_raised, per_missed = costs.get("false_positive", 1), costs.get("false_negative", 1)
    truth, raised = _raised(report)

    def mean_cost(weights: np.ndarray) -> np.ndarray:
        wrong = per_raised * raised * ~truth[:, None] + per_missed * ~raised * truth[:, None]
        return 100 * (weights @ wrong) / weights.sum(axis=1, keepdims=True)

    value = mean_cost(np.ones((1, len(truth))))[0]
    low, high = band(mean_cost, report.units, report.seed)
    figure, axes = canvas(
        f"Cost of errors by threshold: {report.pipeline}",
        f"{report.subject}\nA false positive costs {per_raised:g}, a false negative {per_missed:g}; "
        "band: 95 % interval",
        right=1.05,
    )
    fill(axes, _GRID, low, high, BLUE)
    axes.plot(_GRID, value, color=BLUE)
    axes.set(xlabel="Threshold of probability", ylabel="Cost per 100 rows", xlim=(0, 1))
    axes.set_ylim(0, 1.12 * float(np.nanmax(high)))
    every, nobody = 100 * per_raised * np.mean(~truth), 100 * per_missed * np.mean(truth)
    for height in (every, nobody):
        axes.axhline(height, **REFERENCE)
    name_lines(axes, [(1, every, "all positive", MUTED), (1, nobody, "none positive", MUTED)])
    _mark_choice(axes, report)
    return Plot(figure, pd.DataFrame({"threshold": _GRID, "cost": value, "low": low, "high": high}))


def threshold(report: Report) -> Plot | None:
    """Draw precision, recall and F1 at each threshold."""
    if "threshold" not in report.decision:
        return None
    truth, raised = _raised(report)

    def precision(weights: np.ndarray) -> np.ndarray:
        return _share(weights @ (raised & truth[:, None]), weights @ raised)

    def recall(weights: np.ndarray) -> np.ndarray:
        return _share(weights @ (raised & truth[:, None]), (weights @ truth)[:, None])

    def f1(weights: np.ndarray) -> np.ndarray:
        positives = (weights @ truth)[:, None] + weights @ raised
        return _share(2 * (weights @ (raised & truth[:, None])), positives)

    figure, axes = canvas(
        f"Precision, recall and F1 by threshold: {report.pipeline}",
        f"{report.subject}\nBands: 95 % intervals",
        right=0.85,
    )
    table, ends = {"threshold": _GRID}, []
    for curve, color in ((precision, BLUE), (recall, VERMILION), (f1, GREEN)):
        name, value = curve.__name__, curve(np.ones((1, len(truth))))[0]
        fill(axes, _GRID, *band(curve, report.units, report.seed), color)
        axes.plot(_GRID, value, color=color)
        drawn = np.flatnonzero(~np.isnan(value))
        if drawn.size:
            ends.append((_GRID[drawn[-1]], value[drawn[-1]], {"f1": "F1"}.get(name, name), color))
        table[name] = value
    axes.set(xlabel="Threshold of probability", ylabel="Score", xlim=(0, 1), ylim=(-0.02, 1.12))
    name_lines(axes, ends)
    _mark_choice(axes, report)
    return Plot(figure, pd.DataFrame(table))


def _raised(report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are positive `(n_samples,)`, and are raised `(n_samples, n_thresholds)`."""
    positive = positive_class(report.answers, report.case)
    assert positive is not None
    score = probability(report.answers, positive)
    return labels(report.truth) == positive, score[:, None] >= _GRID


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    whole = np.broadcast_to(whole, part.shape)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _mark_choice(axes: Axes, report: Report) -> None:
    chosen = min(report.decision["threshold"], 1.0)
    axes.axvline(chosen, color=INK, linewidth=1)
    axes.annotate(  # in the strip that both plots keep free at the top
        f"chosen on training: {chosen:.3f}",
        (chosen, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(4 if chosen < 0.6 else -4, -2),
        textcoords="offset points",
        ha="left" if chosen < 0.6 else "right",
        va="top",
        size=8.5,
        color=INK,
    )
