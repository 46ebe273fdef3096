"""Leaderboard: all pipelines of a case in one picture."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from caselab.evaluation.metrics import Metric
from caselab.evaluation.numbers import between, number
from caselab.evaluation.plots.style import AMBER, BLUE, HALO, MUTED, Plot, canvas, text_width

_PARTS: dict[str, tuple[float, dict[str, Any]]] = {
    "validation": (0.14, {"color": MUTED, "markerfacecolor": "white"}),
    "test": (-0.14, {"color": BLUE}),
}
"""How far above its line each score is drawn, and how."""

_WIDEST = 6.0
"""Scores further from the best than so many typical intervals are written at the axis's edge, so
that a baseline does not press all others together."""

_WIDTH, _RIGHT = 6.4, 1.45  # inches: the picture, and what the scores' numbers take of it
_SMALL = 7.5  # points
_LINE = 1.3 * _SMALL / 72  # inches a line of small text


def leaderboard(board: Mapping[str, Any], title: str, metric: Metric) -> Plot:
    """Draw each pipeline's validation and test score with intervals, over published figures.

    `board` is what compare leaves as leaderboard.json.
    """
    rows = board["rows"][::-1]
    published = [figure for figure in board["published"] if figure["figure"] == metric.name]
    low, high = _range([row[part] for row in rows for part in _PARTS], published, metric)
    left = 0.35 + max(text_width(row["pipeline"], 8) for row in rows)
    notes = [_note(figure, low, high, left) for figure in published]
    above = sum(_LINE * (1.3 + note["text"].count("\n")) for note in notes)
    height = 1.75 + 0.34 * max(len(rows), 3) + above
    figure, axes = canvas(
        f"{title}: {metric.title} by pipeline",
        f"Best validation score on top · {'higher' if metric.greater_is_better else 'lower'} "
        "is better · lines: 95 % intervals",
        width=_WIDTH,
        height=height,
        left=left,
        right=_RIGHT,
    )
    axes.set_xlim(low, high)
    for column, (part, (shift, style)) in enumerate(_PARTS.items()):
        beside = {"color": style["color"], **_beside(axes, 0.12 + 0.72 * column)}
        axes.annotate(part, (1, len(rows) - 0.35), size=_SMALL, **beside)
        for line, row in enumerate(rows):
            _draw_score(axes, line + shift, row[part], style)
            text = "" if row[part]["value"] is None else number(row[part]["value"])
            axes.annotate(text, (1, line), size=8.5, **beside)
    _draw_published(axes, published, notes, len(rows) - 0.35)
    axes.set_yticks(range(len(rows)), [row["pipeline"] for row in rows])
    inches = axes.get_position().height * height
    axes.set_ylim(-0.6, -0.6 + (len(rows) + 0.25) * inches / (inches - above))
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, pad=8)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(metric.title)
    return Plot(figure, table(board))


def table(board: Mapping[str, Any]) -> pd.DataFrame:
    """Return one line per pipeline: scores and intervals of the primary metric, then every metric."""
    return pd.DataFrame(
        [
            {"rank": rank, "pipeline": row["pipeline"], "architecture": row["architecture"]}
            | {
                name: row[part][end]
                for part in _PARTS
                for name, end in ((part, "value"), (f"{part}_low", "low"), (f"{part}_high", "high"))
            }
            | {f"test_{name}": value for name, value in row["metrics"].items()}
            for rank, row in enumerate(board["rows"], start=1)
        ]
    )


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
    best = (max if metric.greater_is_better else min)(span[0] for span in spans)
    widest = _WIDEST * max(float(np.median([np.ptp(span) for span in spans])), 1e-3)
    near = [span for span in spans if abs(span[0] - best) <= widest]
    shown = [edge for span in near for edge in span]
    shown += [float(v) for figure in published for v in np.atleast_1d(figure["value"])]
    margin = 0.04 * (max(shown) - min(shown) or 1.0)
    return min(shown) - margin, max(shown) + margin


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


def _note(published: Mapping[str, Any], left: float, right: float, margin: float) -> dict[str, Any]:
    """Return what is written at a published figure's line, on its roomier side, and where.

    `left` and `right` are the axes' ends, `margin` the inches left of them.
    """
    low, high = np.min(published["value"]), np.max(published["value"])
    value = number(low) if low == high else between(low, high)
    axes = _WIDTH - margin - _RIGHT  # inches
    late = (low + high) / 2 > (left + right) / 2
    edge = high if late else low
    share = (edge - left) / (right - left)
    room = margin + share * axes if late else (1 - share) * axes + _RIGHT
    letters = min(50, int((room - 0.15) / text_width("x", _SMALL)))
    text = textwrap.fill(f"published {value}: {published['source']}", letters)
    return {"text": text, "x": edge, "ha": "right" if late else "left"}


def _draw_published(
    axes: Axes,
    published: Sequence[Mapping[str, Any]],
    notes: Sequence[Mapping[str, Any]],
    heading: float,
) -> None:
    """Draw a line or band for each figure, and their notes above each other, above the heading."""
    height = _LINE
    for figure, note in zip(published, notes, strict=True):
        low, high = np.min(figure["value"]), np.max(figure["value"])
        line = {"alpha": 0.8, "linewidth": 1} if low == high else {"alpha": 0.3, "linewidth": 0}
        axes.axvspan(low, high, color=AMBER, **line)
        axes.annotate(
            note["text"],
            (note["x"], heading),
            xytext=(0, 72 * (height - 0.3 * _LINE)),
            textcoords="offset points",
            ha=note["ha"],
            va="bottom",
            linespacing=1.3,
            size=_SMALL,
            color="#8a5f00",
            path_effects=HALO,
        )
        height += _LINE * (1.3 + note["text"].count("\n"))
