"""Pictures of word vectors: what people say of pairs against cosines, analogies by kind, a map of words."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import rankdata

from caselab.evaluation.metrics.vectors import (
    ANALOGY,
    ASKED,
    COSINE,
    KNOWN,
    PAIRS,
    RELATEDNESS,
    SIMILARITY,
    SOLVED,
)
from caselab.evaluation.plots.maps import by_tsne
from caselab.evaluation.plots.style import BLUE, HALO, INK, MUTED, PALETTE, VERMILION, Plot, canvas
from caselab.evaluation.report import Report

MAPPED, GROUPS = 110, 8
"""Words of a map, and groups of near ones that are coloured."""

SAID = {RELATEDNESS: "How related people find them", SIMILARITY: "How similar people find them"}


def pairs(report: Report) -> Plot | None:
    """Draw the cosine of each pair over what people say of it; None where no pair is asked."""
    answers = report.answers
    sets = [name for name in PAIRS if (answers[ASKED] == name).any()]
    if not sets or report.y is None:
        return None
    table = pd.DataFrame(
        {
            "id": report.ids,
            "words": _words(report),
            "asked": answers[ASKED],
            "told": report.y,
            "cosine": answers[COSINE],
            "known": answers[KNOWN] == 1,
        }
    )
    table = table[answers[ASKED].isin(PAIRS)].reset_index(drop=True)
    figure, axes = canvas(
        f"What people say, and what {report.pipeline} does",
        "\n".join([report.subject, *(report.score(name) for name in sets)]),
        width=3.7 * len(sets) + 0.4,
        height=4.6,
        ncols=len(sets),
        squeeze=False,
    )
    for axis, name in zip(axes[0], sets, strict=True):
        part = table[(table["asked"] == name) & table["known"]]
        axis.plot(part["told"], part["cosine"], "o", color=BLUE, markersize=3, alpha=0.5, mew=0)
        axis.set(xlabel=f"{SAID[name]}, 0 to 10", ylabel="Cosine", xlim=(-0.3, 10.3))
        if len(part) > 1:
            apart = rankdata(part["told"]) - rankdata(part["cosine"])
            for place in (int(np.argmax(apart)), int(np.argmin(apart))):
                _named(axis, part.iloc[place])
    return Plot(figure, table, of_rows=True)


def analogies(report: Report) -> Plot | None:
    """Draw the share of analogies that are solved, by kind, as their ids begin; None without any."""
    asked = (report.answers[ASKED] == ANALOGY).to_numpy()
    if not asked.any():
        return None
    kind = report.ids.astype(str).str.rpartition("-")[0].to_numpy()[asked]
    rows = pd.DataFrame({"kind": kind, "solved": report.answers[SOLVED].to_numpy()[asked]})
    table = rows.groupby("kind", sort=False)["solved"].agg(["mean", "size"]).reset_index()
    table.columns = pd.Index(["kind", "solved", "questions"])
    figure, axes = canvas(
        f"Analogies that {report.pipeline} solves",
        f"{report.subject} · {report.score('analogies')}\nShare of each kind whose fourth word is "
        "the nearest of all; beside it how many are asked",
        width=6.8,
        height=1.5 + 0.24 * len(table),
        left=2.2,
    )
    place = np.arange(len(table))
    axes.barh(place, table["solved"], color=BLUE, height=0.62)
    most = max(0.05, float(table["solved"].max()))
    for row, (share, n) in enumerate(zip(table["solved"], table["questions"], strict=True)):
        axes.text(share + 0.01 * most, row, f"{n:,}", va="center", size=7.5, color=MUTED)
    axes.set_yticks(place, [each.replace("-", " ") for each in table["kind"]])
    axes.set(ylim=(len(table) - 0.5, -0.5), xlim=(0, 1.12 * most), xlabel="Share solved")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter("{x:.0%}")
    return Plot(figure, table)


def map(report: Report) -> Plot | None:  # noqa: A001  the picture's name
    """Draw the commonest words that are compared so that near ones stay near; None without vectors.

    Places are t-SNE's of the cosines' angles, colours those of Ward's groups of the vectors.
    """
    from sklearn.cluster import AgglomerativeClustering

    vectors = getattr(report.estimator[-1], "vectors_", None) if report.estimator else None
    if vectors is None or not vectors.vectors.shape[1]:
        return None
    compared = report.answers[ASKED].isin(PAIRS)
    wanted = set(" ".join(_words(report)[compared]).split()) & vectors.places.keys()
    chosen = sorted(wanted, key=vectors.places.__getitem__)[:MAPPED]
    if len(chosen) < 2 * GROUPS:
        return None
    Z = vectors.unit[[vectors.places[word] for word in chosen]]
    places = by_tsne(Z, report.seed)
    group = AgglomerativeClustering(GROUPS).fit_predict(Z)
    figure, axes = canvas(
        f"Map of words by {report.pipeline}",
        f"{report.subject}\nThe {len(chosen)} commonest words that are compared: t-SNE of their "
        f"vectors, in the colours of {GROUPS} groups by Ward's criterion",
        width=8.6,
        height=8.2,
        left=0.2,
        bottom=0.2,
    )
    for word, (x, y), number in zip(chosen, places, group, strict=True):
        color = PALETTE[number % len(PALETTE)]
        axes.plot(x, y, "o", color=color, markersize=3, mew=0)
        axes.annotate(
            word,
            (x, y),
            (2.5, 1.5),
            textcoords="offset points",
            size=7,
            color=color,
        )
    axes.set(xticks=[], yticks=[])
    axes.margins(0.06)
    table = pd.DataFrame({"word": chosen, "x": places[:, 0], "y": places[:, 1], "group": group})
    return Plot(figure, table)


def _named(axes: Axes, pair: pd.Series) -> None:
    """Write a pair's words beside its point."""
    left = pair["told"] < 5
    axes.plot(pair["told"], pair["cosine"], "o", color=VERMILION, markersize=4, zorder=3)
    axes.annotate(
        " ".join(pair["words"].split()),
        (pair["told"], pair["cosine"]),
        (7 if left else -7, -2.5),
        textcoords="offset points",
        ha="left" if left else "right",
        size=7.5,
        color=INK,
        path_effects=HALO,
    )


def _words(report: Report) -> pd.Series:
    """Return the words of each test row, between spaces."""
    shown = report.estimator[:-1].transform(report.X)
    return pd.Series(shown[:, 0], index=report.answers.index, dtype=object)
