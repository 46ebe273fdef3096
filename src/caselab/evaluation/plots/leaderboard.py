"""Leaderboard: all pipelines of a case in one picture."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from caselab.evaluation.metrics import Metric
from caselab.evaluation.plots.style import AMBER, BLUE, HALO, MUTED, Plot, canvas, text_width
from caselab.numbers import between, number
from caselab.project import leaderboards

_PARTS: dict[str, tuple[float, dict[str, Any]]] = {
    "validation": (0.14, {"color": MUTED, "markerfacecolor": "white"}),
    "test": (-0.14, {"color": BLUE}),
}
"""How far above its line each score is drawn, and how."""

_FAR = 2.0
"""A score is written at the axis's edge where between it and better ones lies more than so many times
their range, and half of all scores or more are left: a baseline then does not press others together."""

_WIDTH, _RIGHT = 6.4, 1.45  # inches: the picture, and what the scores' numbers take of it
_SMALL = 7.5  # points
_OF_OTHERS = "#8a5f00"
_LINE = 1.3 * _SMALL / 72  # inches a line of small text


def leaderboard(board: Mapping[str, Any], title: str, metric: Metric) -> Plot:
    """Draw each pipeline's validation and test score with intervals, over published figures.

    `board` is what compare leaves as leaderboard.json.
    """
    rows = board["rows"][::-1]
    published = [figure for figure in board["published"] if figure["figure"] == metric.name]
    low, high = _range([row[part] for row in rows for part in _PARTS], published, metric)
    left = 0.35 + max(text_width(row["pipeline"], 8) for row in rows)
    notes = [_note(figure, low, high) for figure in published]
    below = sum(_LINE * (1.3 + note.count("\n")) for note in notes)
    height = 1.95 + 0.34 * max(len(rows), 3) + below
    figure, axes = canvas(
        f"{title}: {metric.title} by pipeline",
        f"Best validation score on top · {'higher' if metric.greater_is_better else 'lower'} "
        "is better · lines: 95 % intervals",
        width=_WIDTH,
        height=height,
        left=left,
        right=_RIGHT,
        bottom=0.6 + below,
    )
    axes.set_xlim(low, high)
    for column, (part, (shift, style)) in enumerate(_PARTS.items()):
        beside = {"color": style["color"], **_beside(axes, 0.12 + 0.72 * column)}
        axes.annotate(part, (1, len(rows) - 0.35), size=_SMALL, **beside)
        for line, row in enumerate(rows):
            _draw_score(axes, line + shift, row[part], style)
            text = "" if row[part]["value"] is None else number(row[part]["value"])
            axes.annotate(text, (1, line), size=8.5, **beside)
    _draw_published(axes, published, notes, below, len(rows) - 0.35)
    axes.set_yticks(range(len(rows)), [row["pipeline"] for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.1)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, pad=8)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(metric.title)
    return Plot(figure, table(board))


def table(board: Mapping[str, Any]) -> pd.DataFrame:
    """Return one line per pipeline: scores and intervals of the primary metric, then every metric."""
    rows = leaderboards.flat(board)
    return pd.DataFrame([{"rank": rank, **row} for rank, row in enumerate(rows, start=1)])


def _beside(axes: Axes, inches: float) -> dict[str, Any]:
    """Place text on its line, so far right of the axes."""
    return {
        "xycoords": axes.get_yaxis_transform(),
        "xytext": (72 * inches, 0),
        "textcoords": "offset points",
        "va": "center",
        "annotation_clip": False,
    }


def _range(
    scores: Sequence[Mapping[str, float | None]],
    published: Sequence[Mapping[str, Any]],
    metric: Metric,
) -> tuple[float, float]:
    """Return the least and greatest score to be shown."""
    spans = [
        [end for end in (score["value"], score["low"], score["high"]) if end is not None]
        for score in scores
        if score["value"] is not None
    ]
    if not spans:
        return 0.0, 1.0
    order = sorted(spans, key=lambda span: span[0], reverse=metric.greater_is_better)
    near = _near(order)
    shown = [edge for span in near for edge in span]
    room = _FAR * (max(shown) - min(shown) or 1e-3)
    shown += [
        float(value)
        for figure in published
        for value in np.atleast_1d(figure["value"])
        if min(shown) - room <= value <= max(shown) + room
    ]
    margin = 0.04 * (max(shown) - min(shown) or 1.0)
    return min(shown) - margin, max(shown) + margin


def _near(order: list[list[float]]) -> list[list[float]]:
    """Return the scores, best first, up to the first that lies far from all better ones."""
    typical = max(float(np.median([np.ptp(span) for span in order])), 1e-3)
    for kept in range(-(-len(order) // 2), len(order)):
        values = [span[0] for span in order[:kept]]
        gap = abs(order[kept][0] - values[-1])
        if gap > _FAR * max(abs(values[-1] - values[0]), typical):
            return order[:kept]
    return order


def _draw_score(
    axes: Axes, y: float, score: Mapping[str, float | None], style: Mapping[str, Any]
) -> None:
    if score["value"] is None:
        return
    low, high = axes.get_xlim()
    if not low <= score["value"] <= high:
        marker, edge = ("<", low) if score["value"] < low else (">", high)
        axes.plot(edge, y, marker, markersize=4.5, clip_on=False, **style)
        return
    if score["low"] is not None and score["high"] is not None:
        axes.hlines(y, score["low"], score["high"], color=style["color"], linewidth=1.4, alpha=0.6)
    axes.plot(score["value"], y, "o", markersize=5, **style)


def _note(published: Mapping[str, Any], left: float, right: float) -> str:
    """Return what stands below the axis of a figure of others; `left` and `right` are its ends."""
    low, high = np.min(published["value"]), np.max(published["value"])
    value = number(low) if low == high else between(low, high)
    beyond = "" if left <= low and high <= right else " (beyond the axis)"
    letters = int((_WIDTH - 0.3) / text_width("x", _SMALL))
    told = published.get("told", "published")
    return textwrap.fill(f"{told} {value}{beyond}: {published['source']}", letters)


def _draw_published(
    axes: Axes,
    published: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
    below: float,
    heading: float,
) -> None:
    """Draw a line or band for each figure, and below the axis who gave it."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    at, low, high = 0.1 + below, *axes.get_xlim()
    for each, note in zip(published, notes, strict=True):
        first, last = np.min(each["value"]), np.max(each["value"])
        if low <= first and last <= high:
            line = (
                {"alpha": 0.8, "linewidth": 1} if first == last else {"alpha": 0.3, "linewidth": 0}
            )
            axes.axvspan(first, last, color=AMBER, **line)
            at_the_edge = (first + last) / 2 > 0.2 * low + 0.8 * high
            told: dict[str, Any] = {"va": "center", "size": _SMALL, "color": _OF_OTHERS}
            if len(published) == 1:  # the numbers of several would run into each other
                value = number(first) if first == last else between(first, last)
                place = (first if at_the_edge else (first + last) / 2, heading)
                told["ha"] = "right" if at_the_edge else "center"
                axes.text(*place, value, path_effects=HALO, **told)
        style: dict[str, Any] = {
            "va": "top",
            "linespacing": 1.3,
            "size": _SMALL,
            "color": _OF_OTHERS,
        }
        figure.text(0.14 / _WIDTH, at / figure.get_size_inches()[1], note, **style)
        at -= _LINE * (1.3 + note.count("\n"))
