"""Ranking quality: how good recommendations are, by length of list and of a user's history."""

import numpy as np
import pandas as pd

from caselab.evaluation.intervals import band
from caselab.evaluation.metrics import ratio
from caselab.evaluation.metrics.ranking import TOP, Users, ndcg
from caselab.evaluation.plots.style import BLUE, MUTED, REFERENCE, Plot, canvas, fill
from caselab.evaluation.report import Report

LENGTHS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
BANDS = 6
"""Groups of users, each of about as many."""


def recall_by_length(report: Report) -> Plot:
    """Draw the share of what is relevant that a list of so many items finds."""
    users = Users.of(report.truth, report.answers, report.case)
    seekers = np.flatnonzero(users.sought > 0)
    shares = np.stack(
        [
            users.total(users.relevant & (users.rank <= length))[seekers] / users.sought[seekers]
            for length in LENGTHS
        ]
    )  # (n_lengths, n_seekers)
    rows = users.first[seekers]

    def curve(weights: np.ndarray) -> np.ndarray:
        return ratio(weights[:, rows] @ shares.T, weights[:, rows].sum(axis=1, keepdims=True))

    table = pd.DataFrame({"length": LENGTHS, "recall": shares.mean(axis=1)})
    table["low"], table["high"] = band(curve, report.units, report.seed)
    n_items = float(report.answers["n_items"].iloc[0])
    figure, axes = canvas(
        f"What lists of {report.pipeline} find",
        f"{report.case.title} · {len(seekers):,} users with something relevant in test\n"
        "Band: 95 % interval over users",
    )
    axes.plot(LENGTHS, np.array(LENGTHS) / n_items, **REFERENCE)
    axes.annotate(
        "chance ", (LENGTHS[-1], LENGTHS[-1] / n_items), color=MUTED, size=8.5, ha="right"
    )
    axes.plot(LENGTHS, table["recall"], color=BLUE, marker="o", markersize=4)
    fill(axes, LENGTHS, table["low"], table["high"], BLUE)
    axes.set_xscale("log")
    axes.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    axes.minorticks_off()
    axes.set(xlabel="Length of the list", ylabel="Recall", ylim=(0, None))
    return Plot(figure, table)


def ndcg_by_history(report: Report) -> Plot | None:
    """Draw nDCG@10 of users by how many items they had met in training."""
    if not isinstance(report.background, pd.DataFrame):
        return None
    users = Users.of(report.truth, report.answers, report.case)
    seekers = np.flatnonzero(users.sought > 0)
    value, rows = ndcg(users)[seekers], users.first[seekers]
    counts = report.background["user"].astype(str).value_counts()
    history = report.answers["user"].iloc[rows].map(counts).fillna(0).to_numpy()
    edges = np.unique(np.quantile(history, np.linspace(0, 1, BANDS + 1)[1:-1]))
    group = np.searchsorted(edges, history, side="right")
    inside = np.equal.outer(group, np.unique(group)).astype(float)  # (n_seekers, n_groups)

    def curve(weights: np.ndarray) -> np.ndarray:
        return ratio((weights[:, rows] * value) @ inside, weights[:, rows] @ inside)

    table = pd.DataFrame(
        {
            "met_in_training": (history @ inside) / inside.sum(axis=0),
            "users": inside.sum(axis=0).astype(int),
            "ndcg_at_10": value @ inside / inside.sum(axis=0),
        }
    )
    table["low"], table["high"] = band(curve, report.units, report.seed)
    figure, axes = canvas(
        f"nDCG@{TOP} of {report.pipeline} by history",
        f"{report.case.title} · groups of about {np.median(table['users']):,.0f} users\n"
        f"Band: 95 % interval · all: {report.score('ndcg_at_10')}",
    )
    axes.plot(table["met_in_training"], table["ndcg_at_10"], color=BLUE, marker="o", markersize=4)
    fill(axes, table["met_in_training"], table["low"], table["high"], BLUE)
    axes.axhline(report.scores["ndcg_at_10"], **REFERENCE)
    axes.annotate(
        "all ",
        (table["met_in_training"].iloc[-1], report.scores["ndcg_at_10"]),
        color=MUTED,
        size=8.5,
        ha="right",
        va="bottom",
    )
    axes.set(xlabel="Items that the user met in training", ylabel=f"nDCG@{TOP}", ylim=(0, None))
    return Plot(figure, table)
