"""Errors of predicted ratings: by what was rated, and by how well a film is known."""

import numpy as np
import pandas as pd

from caselab.evaluation.intervals import band
from caselab.evaluation.metrics import ratio
from caselab.evaluation.metrics.recommendation import error
from caselab.evaluation.plots.style import BLUE, MUTED, REFERENCE, Plot, canvas, fill
from caselab.evaluation.report import Report

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BANDS = 8
"""Groups of films, each with about as many test rows."""


def error_by_rating(report: Report) -> Plot:
    """Draw how the predictions for each true rating are spread."""
    truth = report.truth.to_numpy(dtype=np.float64)
    stars = np.unique(truth)
    predicted = report.answers["rating"].to_numpy()
    table = pd.DataFrame(
        [
            (star, int((truth == star).sum()), *np.quantile(predicted[truth == star], QUANTILES))
            for star in stars
        ],
        columns=["rating", "rows", *(f"quantile_{share:g}" for share in QUANTILES)],
    )
    figure, axes = canvas(
        f"Ratings predicted by {report.pipeline}",
        f"{report.subject}\nBox: middle half; line: 5 % to 95 % · {report.score('rmse')}",
    )
    low, left, middle, right, high = (table[f"quantile_{share:g}"] for share in QUANTILES)
    axes.plot(stars, stars, **REFERENCE)
    axes.annotate(
        "right",
        (stars[0], stars[0]),
        xytext=(10, 0),
        textcoords="offset points",
        color=MUTED,
        size=8.5,
        va="center",
    )
    axes.vlines(stars, low, high, color=BLUE, linewidth=1.2)
    width = 0.5 * float(np.min(np.diff(stars), initial=1.0))
    axes.bar(stars, right - left, width, bottom=left, color=BLUE, alpha=0.3)
    axes.hlines(middle, stars - width / 2, stars + width / 2, color=BLUE, linewidth=2)
    for star, rows, top in zip(stars, table["rows"], high, strict=True):
        axes.annotate(
            f"{rows:,}",
            (star, top),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            size=7.5,
            color=MUTED,
        )
    axes.set(xlabel="True rating, with rows above", ylabel="Predicted rating")
    axes.set_xlim(stars[0] - 0.5, stars[-1] + 0.6)
    axes.set_xticks(stars)
    axes.grid(visible=False, axis="x")
    return Plot(figure, table)


def error_by_popularity(report: Report) -> Plot | None:
    """Draw the RMSE of films by how often they were rated in training."""
    if not isinstance(report.X, pd.DataFrame) or not isinstance(report.background, pd.DataFrame):
        return None
    counts = report.background["item"].value_counts()
    known = report.X["item"].map(counts).fillna(0).to_numpy()
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)[1:-1]))
    group = np.searchsorted(edges, known, side="right")
    squared = error(report.truth, report.answers) ** 2
    inside = np.equal.outer(group, np.unique(group)).astype(float)  # (n_samples, n_groups)

    def curve(weights: np.ndarray) -> np.ndarray:
        return np.sqrt(ratio((weights * squared) @ inside, weights @ inside))

    table = pd.DataFrame(
        {
            "ratings_in_training": (known @ inside) / inside.sum(axis=0),
            "rows": inside.sum(axis=0).astype(int),
            "rmse": curve(np.ones((1, len(squared))))[0],
        }
    )
    table["low"], table["high"] = band(curve, report.units, report.seed)
    figure, axes = canvas(
        f"Error of {report.pipeline} by how well a film is known",
        f"{report.subject} in groups of about {np.median(table['rows']):,.0f}\n"
        "Band: 95 % interval over users",
    )
    axes.plot(table["ratings_in_training"], table["rmse"], color=BLUE, marker="o", markersize=4)
    fill(axes, table["ratings_in_training"], table["low"], table["high"], BLUE)
    axes.axhline(report.scores["rmse"], **REFERENCE)
    axes.text(
        table["ratings_in_training"].iloc[-1],
        report.scores["rmse"],
        "all",
        color=MUTED,
        size=8.5,
        ha="right",
        va="bottom",
    )
    axes.set(xlabel="Ratings of the film in training", ylabel="RMSE")
    return Plot(figure, table)
