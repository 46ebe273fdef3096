"""Feature importance: which columns matter to a pipeline, and how they move its answers."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pandas.api.types import is_numeric_dtype

from caselab.evaluation.metrics.classification import positive_class
from caselab.evaluation.plots.style import (
    BLUE,
    LOW_TO_HIGH,
    MUTED,
    PALETTE,
    REFERENCE,
    Plot,
    canvas,
    list_lines,
    text_width,
)
from caselab.evaluation.report import Report

MOST_COLUMNS = 20
MOST_LEVELS = 8
"""Categories of a column that have a colour of their own; where there are more, others are grey."""
HATCHES = ("", "///", "...", "xxx")
"""Of bars that share a colour, where there are more classes than colours."""
_SMALL = 6.5  # points
_BESIDE = 2.6
"""Inches beside the axes in which the names of categories stand."""


def importance(report: Report) -> Plot | None:
    """Draw by how much the primary metric gets worse when a column is shuffled, unless none does."""
    if report.importance is None or not report.importance.table["importance"].any():
        return None
    table = report.importance.table.head(MOST_COLUMNS)[::-1].reset_index(drop=True)
    figure, axes = canvas(
        f"Columns that {report.pipeline} relies on",
        f"{report.case.title} · each column shuffled {report.importance.repeats} times on "
        f"{report.importance.rows:,} test rows\nDot: mean; line: lowest to highest"
        + _of_all(len(table), len(report.importance.table)),
        height=_height(len(table)),
        left=_margin(report.named(column) for column in table["column"]),
    )
    axes.axvline(0, **REFERENCE)
    axes.hlines(table.index, table["low"], table["high"], color=BLUE, alpha=0.45)
    axes.plot(table["importance"], table.index, "o", color=BLUE, markersize=5)
    _name_rows(axes, map(report.named, table["column"]))
    change = "Loss" if report.metric.greater_is_better else "Rise"
    axes.set_xlabel(f"{change} of {report.metric.title} when the column is shuffled")
    return Plot(figure, report.importance.table)


def shap(report: Report) -> Plot | None:
    """Draw what columns add to each row's answer, unless all is 0: a swarm, or bars for three classes."""
    found = report.contributions
    if found is None or not found.added.any():
        return None
    positive = positive_class(report.answers, report.case)
    asked = list(found.outputs) if positive not in found.outputs else [str(positive)]
    places = [found.outputs.index(name) for name in asked]
    size = np.abs(found.added[..., places]).mean(axis=0)  # (n_columns, n_asked)
    order = np.argsort(-size.sum(axis=1), kind="stable")[:MOST_COLUMNS][::-1]
    one = len(asked) == 1
    words = one and not all(is_numeric_dtype(found.X.iloc[:, place]) for place in order)
    figure, axes = canvas(
        f"What moves the answers of {report.pipeline}",
        f"{report.case.title} · SHAP values of {len(found.X):,} of {len(report.answers):,} test rows\n"
        + ("Each dot is a row" if one else "Mean size by class")
        + _of_all(len(order), len(size)),
        width=6.4 + (_BESIDE - 0.1) * words,
        right=0.3 + (_BESIDE - 0.1) * words,
        height=_height(max(len(order), len(asked)), each=0.38 if one else 0.24),
        left=_margin(map(report.named, found.X.columns[order])),
    )
    if one:
        _draw_swarms(axes, found.added[:, order, places[0]], found.X.iloc[:, order])
        of = "" if len(found.outputs) == 1 else f" of {asked[0]}"
        axes.set_xlabel(f"Added to the {_unit(report)}{of}")
    else:
        _draw_bars(axes, size[order], asked)
        axes.set_xlabel(f"Mean size of what is added to the {_unit(report)}")
    _name_rows(axes, map(report.named, found.X.columns[order]))
    return Plot(figure, _table(report, asked, places), of_rows=True)


def _unit(report: Report) -> str:
    """Return what contributions are added to, in which unit."""
    assert report.contributions is not None
    what = report.contributions.unit
    return f"{what}, {report.unit}" if what == "answer" and report.unit else what


def _of_all(drawn: int, columns: int) -> str:
    """Say how many columns are left out of a picture."""
    return f" · {drawn} of {columns:,} columns" if drawn < columns else ""


def _draw_swarms(axes: Axes, added: np.ndarray, X: pd.DataFrame) -> None:
    """Draw a line of dots for each column of X, with the key of their colours."""
    for line, column in enumerate(X.columns):
        _swarm(axes, line, added[:, line], X[column], float(np.ptp(added)))
    axes.axvline(0, **REFERENCE)
    key = axes.inset_axes((0.78, 0.03, 0.2, 0.24 / max(added.shape[1], 5)))
    key.imshow(np.linspace(0, 1, 64)[np.newaxis], cmap=LOW_TO_HIGH, aspect="auto")
    key.set_axis_off()
    key.set_title("low · value · high", size=7, pad=2, loc="center", color=MUTED)


def _draw_bars(axes: Axes, size: np.ndarray, asked: list[str]) -> None:
    """Draw a bar for each column, made of one part a class; `size` is `(n_columns, n_classes)`."""
    left = np.zeros(len(size))
    for number, of_class in enumerate(size.T):
        hatch = HATCHES[number // len(PALETTE) % len(HATCHES)]
        color = PALETTE[number % len(PALETTE)]
        bars = axes.barh(range(len(size)), of_class, left=left, height=0.7, linewidth=0)
        for bar in bars:
            bar.set(facecolor=color, hatch=hatch, edgecolor="white")
        left += of_class
    list_lines(axes, asked, 0.8)


def _swarm(axes: Axes, line: int, x: np.ndarray, of: pd.Series, span: float) -> None:
    """Draw one column's dots, beside each other where they would meet on an axis of width `span`.

    Numbers are coloured from low to high; each category has a colour, in which its name stands on
    the right.
    """
    y = line + _spread(x, span / 120)
    if is_numeric_dtype(of):
        rank = of.rank()
        share = ((rank - rank.min()) / ((rank.max() - rank.min()) or 1)).fillna(0.5)
        axes.scatter(x, y, c=share, cmap=LOW_TO_HIGH, vmin=0, vmax=1, s=5, linewidths=0)
        return
    names, rest = _levels(of)
    colors = dict(zip(names, PALETTE, strict=False)) | ({f"{rest} others": MUTED} if rest else {})
    dots = [colors.get(category, MUTED) for category in of.astype(str)]
    axes.scatter(x, y, c=dots, s=5, linewidths=0)
    places = _beside(colors)
    lines = 1 + max((at for _, at, _ in places), default=0)
    for (name, row, start), color in zip(places, colors.values(), strict=True):
        axes.annotate(
            name,
            (1, line + 0.26 * ((lines - 1) / 2 - row)),
            xycoords=axes.get_yaxis_transform(),
            xytext=(72 * (0.12 + start), 0),
            textcoords="offset points",
            size=_SMALL,
            va="center",
            color=color,
            annotation_clip=False,
        )


def _levels(of: pd.Series) -> tuple[list[str], int]:
    """Return the categories with a colour of their own, most frequent first, and how many have none."""
    names = [str(name) for name in of.astype(str).value_counts().index]
    shown = names if len(names) <= MOST_LEVELS else names[: MOST_LEVELS - 1]
    return shown, len(names) - len(shown)


def _beside(names: Iterable[str]) -> list[tuple[str, int, float]]:
    """Return each name as it is written, in which line, and how many inches from its start."""
    places, row, at = [], 0, 0.0
    for name in names:
        written = _short(name, 22)
        wide = text_width(written, _SMALL) * 0.95 + 0.1
        if at and at + wide > _BESIDE:
            row, at = row + 1, 0.0
        places.append((written, row, at))
        at += wide
    return places


def _spread(x: np.ndarray, width: float) -> np.ndarray:
    """Return heights around 0 that keep apart dots whose x fall into one bin of this width."""
    bins = pd.Series(np.round(x / width) if width else np.zeros(len(x)))
    place = bins.groupby(bins).cumcount().to_numpy()
    height = (place + 1) // 2 * np.where(place % 2, 1, -1)
    return 0.22 * height / max(4, np.abs(height).max(initial=0))


def _margin(columns: Iterable[object]) -> float:
    """Return the inches that the names of rows take."""
    return 0.25 + max(text_width(_short(str(column)), 8) for column in columns)


def _name_rows(axes: Axes, columns: Iterable[object]) -> None:
    names = [_short(str(column)) for column in columns]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _short(name: str, most: int = 40) -> str:
    """Leave out the middle of a long name."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-most // 2 + 1 :]}"


def _height(lines: int, each: float = 0.24) -> float:
    return 1.6 + each * max(lines, 4)


def _table(report: Report, asked: list[str], places: list[int]) -> pd.DataFrame:
    """Return one line per row, class and column."""
    found = report.contributions
    assert found is not None
    ids = report.ids.iloc[found.rows].to_numpy()
    n_rows, n_columns = found.X.shape
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "id": np.repeat(ids, n_columns),
                    "class": name,
                    "column": np.tile(found.X.columns.astype(str), n_rows),
                    "value": found.X.to_numpy(dtype=object).ravel(),
                    "contribution": found.added[..., place].ravel(),
                }
            )
            for name, place in zip(asked, places, strict=True)
        ],
        ignore_index=True,
    )
