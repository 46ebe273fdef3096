"""Topics: what they are made of, when they were spoken of, and how many there are."""

from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.intervals import band
from caselab.evaluation.metrics import ratio
from caselab.evaluation.metrics.topics import coherence, shares
from caselab.evaluation.metrics.topics import topics as of
from caselab.evaluation.plots.style import (
    BLUE,
    HALO,
    INK,
    MUTED,
    PALETTE,
    REFERENCE,
    VERMILION,
    Plot,
    canvas,
    fill,
    fitting,
    text_width,
)
from caselab.evaluation.report import Report
from caselab.numbers import percent

MOST_TOPICS = 40
MOST_PANELS = 16
PERIODS = (1, 2, 5, 10, 20, 50, 100)
MOST_PERIODS = 25


def topics(report: Report) -> Plot:
    """Draw each topic's words, its share in the test texts and how coherent it is there."""
    words, npmi = of(report.answers), coherence(report.answers)
    table = pd.DataFrame(
        {
            "topic": [name.partition(":")[0] for name in words],
            "words": [" ".join(each) for each in words.values()],
            "npmi": npmi,
            "share": np.nanmean(shares(report.answers), axis=0),
        }
    ).sort_values("npmi", ascending=False, ignore_index=True)
    drawn = table.head(MOST_TOPICS)
    lines = [f"{t.topic}  {t.words}" for t in drawn.itertuples()]
    left = 0.3 + max(text_width(line, 6.6) for line in lines) * 0.88
    figure, axes = canvas(
        f"Topics of {report.pipeline}",
        f"{report.subject} · {report.score('npmi')}\n"
        "The ten weightiest words of each topic, and how well they keep company in the test texts "
        "(-1 never, 0 by chance, 1 always)" + _unseen(len(table)),
        width=left + 3.3,
        height=1.5 + 0.19 * max(len(drawn), 6),
        left=left,
        right=0.95,
    )
    places = np.arange(len(drawn))[::-1]
    axes.barh(places, drawn["npmi"], color=BLUE, height=0.65)
    axes.axvline(report.scores["npmi"], **REFERENCE)
    told: dict[str, Any] = {"size": 6.5, "va": "center", "color": MUTED, "path_effects": HALO}
    for place, npmi, share in zip(places, drawn["npmi"], drawn["share"], strict=True):
        axes.text(max(npmi, 0), place, f" {npmi:.2f} · {percent(share)}", **told)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_yticks(places, lines)
    axes.tick_params(axis="y", length=0, labelsize=6.6)
    axes.grid(visible=False, axis="y")
    axes.set(
        xlabel="NPMI; dashed: mean (beside: NPMI · share of the texts)",
        ylim=(-0.7, len(drawn) - 0.3),
    )
    return Plot(figure, table)


def _unseen(n_topics: int) -> str:
    """Say how many topics are not drawn."""
    left = n_topics - MOST_TOPICS
    return f"; the {left} least coherent are in the table alone" if left > 0 else ""


def number(report: Report) -> Plot | None:
    """Draw how coherent topics were, by how many there are; None where the number was given.

    Thin lines are the fits of the folds, the bold one that on all training texts; each was judged
    in texts held out of what it was given.
    """
    tried = report.history
    if tried is None or "n_topics" not in tried:
        return None
    figure, axes = canvas(
        f"Number of topics of {report.pipeline}",
        f"{report.case.title} · mean NPMI in held-out training texts; thin: folds, bold: the fit on "
        "all\nDots: the greatest of each fit; dashed: the number that was taken",
    )
    fits = tried.groupby("fold", sort=True)
    for fold, points in fits:
        on_all = str(fold) == "all" or len(fits) == 1
        color, width = (VERMILION, 2.2) if on_all else (BLUE, 1.0)
        axes.plot(points["n_topics"], points["npmi"], color=color, linewidth=width)
        if on_all:
            axes.axvline(points["n_topics"].iloc[int(points["npmi"].argmax())], **REFERENCE)
        best = points.iloc[int(points["npmi"].argmax())]
        axes.plot(best["n_topics"], best["npmi"], "o", color=color, markersize=6 if on_all else 4)
    axes.set(xlabel="Topics", ylabel="Coherence (NPMI)")
    axes.set_xticks(sorted(tried["n_topics"].unique()))
    return Plot(figure, tried)


def over_time(report: Report) -> Plot | None:
    """Draw each topic's share over time, with a band, in the training and the test texts.

    Texts of one year or so are averaged; the band holds 95 % of resamples of whole units (speeches).
    None where the texts have no times, or all the same.
    """
    if report.time is None or report.background_time is None or report.answer is None:
        return None
    time = pd.concat([report.background_time, report.time], ignore_index=True)
    learned = report.answer(report.estimator, report.background)
    of_texts = np.concatenate([shares(learned), shares(report.answers)])
    start, width = _periods(time.to_numpy(dtype=float))
    period = np.floor((time.to_numpy(dtype=float) - start) / width).astype(int)
    known, period = np.unique(period, return_inverse=True)
    if len(known) < 2:
        return None
    assert report.background_units is not None
    units = np.concatenate(
        [report.background_units, report.units + report.background_units.max() + 1]
    )
    inside = (period[:, np.newaxis] == np.arange(len(known))).astype(float)  # (n, n_periods)

    names, middle = list(of(report.answers)), start + (known + 0.5) * width
    order = np.argsort(-of_texts.mean(axis=0), kind="stable")
    figure, places = canvas(
        f"Topics of {report.pipeline} over time",
        f"{report.case.title} · share of each topic in the texts of {width:g} years, training and "
        "test\nBand: 95 % interval over whole speeches or other groups; each panel has its own scale",
        width=9.2,
        height=1.4 + 1.5 * _rows(len(order)),
        left=0.5,
        right=0.2,
        spread=0.42,
        nrows=_rows(len(order)),
        ncols=4,
        squeeze=False,
    )
    for axes in places.flat[len(order) :]:
        axes.set_visible(False)
    tables = []
    for place, topic in enumerate(order):
        of_topic = of_texts[:, topic : topic + 1]

        def share(weights: np.ndarray, of_topic: np.ndarray = of_topic) -> np.ndarray:
            return ratio(weights @ (inside * of_topic), weights @ inside)

        value = share(np.ones((1, len(of_texts))))[0]
        low, high = band(share, units, report.seed, n_resamples=100)
        tables.append(
            pd.DataFrame(
                {"topic": names[topic], "time": middle, "share": value, "low": low, "high": high}
            )
        )
        if place >= MOST_PANELS:
            continue
        axes, color = places.flat[place], PALETTE[place % len(PALETTE)]
        axes.plot(middle, value, color=color, linewidth=1.4)
        fill(axes, middle, low, high, color)
        label = " ".join(of(report.answers)[names[topic]][:4])
        axes.set_title(label, size=fitting(label, 7.5, 1.95), color=INK, pad=3)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
        axes.tick_params(labelsize=6.5)
    return Plot(figure, pd.concat(tables, ignore_index=True))


def _rows(n_topics: int) -> int:
    return -(-min(n_topics, MOST_PANELS) // 4)


def _periods(time: np.ndarray) -> tuple[float, float]:
    """Return where the first period starts and how many years each takes: few enough to see."""
    span = float(np.ptp(time))
    width = next((each for each in PERIODS if span / each <= MOST_PERIODS), span / MOST_PERIODS)
    return float(np.floor(time.min() / width) * width), float(width)
