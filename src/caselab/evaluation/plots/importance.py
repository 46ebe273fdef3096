"""Feature importance: which columns matter to a pipeline, and how they move its answers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pandas.api.types import is_numeric_dtype

from caselab.evaluation.metrics.classification import positive_class
from caselab.evaluation.plots.style import (
    BLUE,
    HALO,
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
_CATEGORY: dict[str, Any] = {"size": 5.5, "ha": "center", "va": "center"}
MOST_NAMES = 4  # categories named in one line of a swarm


def importance(report: Report) -> Plot | None:
    """Draw by how much the primary metric gets worse when a column is shuffled, unless none does."""
    if report.importance is None or not report.importance.table["importance"].any():
        return None
    table = report.importance.table.head(MOST_COLUMNS)[::-1].reset_index(drop=True)
    figure, axes = canvas(
        f"Columns that {report.pipeline} relies on",
        f"{report.case.title} · each column shuffled {report.importance.repeats} times on "
        f"{report.importance.rows:,} test rows\nDot: mean; line: lowest to highest",
        height=_height(len(table)),
        left=_margin(table["column"]),
    )
    axes.axvline(0, **REFERENCE)
    axes.hlines(table.index, table["low"], table["high"], color=BLUE, alpha=0.45)
    axes.plot(table["importance"], table.index, "o", color=BLUE, markersize=5)
    _name_rows(axes, table["column"])
    axes.set_xlabel(f"Loss of {report.metric.title} when the column is shuffled")
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
    figure, axes = canvas(
        f"What moves the answers of {report.pipeline}",
        f"{report.case.title} · SHAP values of {len(found.X)} test rows\n"
        + ("Each dot is a row" if one else "Mean size by class"),
        height=_height(max(len(order), len(asked)), each=0.38 if one else 0.24),
        left=_margin(found.X.columns[order]),
    )
    if one:
        _draw_swarms(axes, found.added[:, order, places[0]], found.X.iloc[:, order])
        of = "" if len(found.outputs) == 1 else f" of {asked[0]}"
        axes.set_xlabel(f"Added to the {found.unit}{of}")
    else:
        _draw_bars(axes, size[order], asked)
        axes.set_xlabel(f"Mean size of what is added to the {found.unit}")
    _name_rows(axes, found.X.columns[order])
    return Plot(figure, _table(report, asked, places), of_rows=True)


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
    colors = [PALETTE[number % len(PALETTE)] for number in range(len(asked))]
    left = np.zeros(len(size))
    for of_class, color in zip(size.T, colors, strict=True):
        axes.barh(range(len(size)), of_class, left=left, color=color, height=0.7)
        left += of_class
    list_lines(axes, list(zip(asked, colors, strict=True)), 0.8)


def _swarm(axes: Axes, line: int, x: np.ndarray, of: pd.Series, span: float) -> None:
    """Draw one column's dots, beside each other where they would meet on an axis of width `span`.

    Numbers are coloured from low to high; categories are named above or below their dots.
    """
    y = line + _spread(x, span / 120)
    if is_numeric_dtype(of):
        rank = of.rank()
        share = ((rank - rank.min()) / ((rank.max() - rank.min()) or 1)).fillna(0.5)
        axes.scatter(x, y, c=share, cmap=LOW_TO_HIGH, vmin=0, vmax=1, s=5, linewidths=0)
        return
    axes.scatter(x, y, color=MUTED, s=5, linewidths=0)
    middles = pd.Series(x).groupby(of.astype(str).to_numpy()).median()
    taken: list[tuple[float, float, float]] = []
    for category in of.astype(str).value_counts().index[:MOST_NAMES]:
        middle, half = float(middles[category]), len(category) * span * 0.006
        for side in (0.36, -0.36):
            if all(middle + half < a or b < middle - half for a, b, at in taken if at == side):
                axes.text(middle, line + side, category, path_effects=HALO, **_CATEGORY)
                taken.append((middle - half, middle + half, side))
                break


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
