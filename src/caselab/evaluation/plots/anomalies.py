"""Anomalies: how far scores tell them from the rest, and which columns make rows odd."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from caselab.evaluation.metrics.anomalies import BETWEEN, anomaly, are_anomalies, flagged
from caselab.evaluation.plots import curves
from caselab.evaluation.plots.style import BLUE, REFERENCE, VERMILION, Plot, canvas, text_width
from caselab.evaluation.report import Report
from caselab.numbers import percent

BINS = 60
MOST_COLUMNS = 20
WIDE = 20.0
"""The largest score from which on the axis is logarithmic beyond 1, the edge of ordinary rows."""


def roc(report: Report) -> Plot | None:
    """Draw the share of anomalies that is found over the share of the rest that is raised with it."""
    return None if report.y is None else curves.roc(_of_class(report))


def precision_recall(report: Report) -> Plot | None:
    """Draw how many of the raised rows are anomalies over the share of them that is found."""
    return None if report.y is None else curves.precision_recall(_of_class(report))


def scores(report: Report) -> Plot:
    """Draw how scores are distributed, of anomalies and of the rest where they are known."""
    score, threshold = report.answers["score"].to_numpy(), report.decision["threshold"]
    parts = {"rows": np.ones(len(score), dtype=bool)}
    if report.y is not None:
        anomalies = are_anomalies(report.y, report.case)
        parts = {"ordinary": ~anomalies, "anomalies": anomalies}
    far = bool(np.abs(score).max() > WIDE)
    edges = _edges(score, far)
    figure, axes = canvas(
        f"Scores of {report.pipeline}",
        f"{report.subject}, of which {percent(flagged(report.answers, report.decision).mean())} are "
        f"flagged\nDashed: the threshold, above which lies a share {report.decision['contamination']:g} "
        "of training rows",
    )
    tables = []
    for (name, rows), color in zip(parts.items(), (BLUE, VERMILION), strict=False):
        share = np.histogram(score[rows], edges)[0] / max(1, rows.sum())
        axes.stairs(share, edges, fill=True, color=color, alpha=0.35)
        axes.stairs(share, edges, color=color, linewidth=1.2, label=f"{name}, {rows.sum():,}")
        tables.append(
            pd.DataFrame({"rows": name, "from": edges[:-1], "to": edges[1:], "share": share})
        )
    axes.axvline(threshold, **REFERENCE)
    if far:
        axes.set_xscale("asinh", linear_width=1.0)
        axes.set_xlim(edges[0], edges[-1])
    axes.set(
        xlabel="Score: 0 as the middle training row, 1 at the edge of nine in ten",
        ylabel="Share of these rows",
    )
    axes.legend(loc="upper right", frameon=False, fontsize=8.5)
    return Plot(figure, pd.concat(tables, ignore_index=True))


def columns(report: Report) -> Plot | None:
    """Draw how many of the flagged rows each column makes odd; None where no row names any."""
    if "columns" not in report.answers:
        return None
    told = report.answers["columns"][flagged(report.answers, report.decision)]
    named = told[told != ""].str.split(BETWEEN)
    if named.empty:
        return None
    first, any_place = Counter(named.str[0]), Counter(named.explode())
    table = pd.DataFrame(
        [
            {"column": name, "first": first[name] / len(told), "named": count / len(told)}
            for name, count in any_place.items()
        ]
    ).sort_values(["first", "named", "column"], ascending=[False, False, True], ignore_index=True)
    shown = table.head(MOST_COLUMNS)[::-1].reset_index(drop=True)
    names = [report.named(name) for name in shown["column"]]
    figure, axes = canvas(
        f"Columns that make rows odd for {report.pipeline}",
        f"{report.case.title} · {len(told):,} flagged test rows\n"
        "Dark: rows that name the column first; light: that name it among their three",
        height=1.6 + 0.24 * max(len(shown), 4),
        left=0.35 + max(text_width(name, 8) for name in names),
    )
    axes.barh(shown.index, shown["named"], color=BLUE, alpha=0.3, height=0.7)
    axes.barh(shown.index, shown["first"], color=BLUE, height=0.7)
    axes.set_yticks(shown.index, names)
    axes.set_xlabel("Share of the flagged rows")
    axes.grid(visible=False, axis="y")
    return Plot(figure, table)


def _of_class(report: Report) -> Report:
    """Return the report as one of classification, in which scores stand for probabilities."""
    name = anomaly(report.truth, report.case)
    return replace(report, answers=report.answers[["score"]].set_axis([name], axis=1))


def _edges(score: np.ndarray, far: bool) -> np.ndarray:
    low, high = float(score.min()), float(score.max())
    if low == high:
        return np.linspace(low - 0.5, high + 0.5, BINS + 1)
    if not far:
        return np.linspace(low, high, BINS + 1)
    edges: np.ndarray = np.sinh(np.linspace(np.arcsinh(low), np.arcsinh(high), BINS + 1))
    edges[[0, -1]] = low, high
    return edges
