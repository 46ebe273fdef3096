"""Strips of pictures: several rows of them under one title, each row with its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from caselab.evaluation.plots.gallery import show
from caselab.evaluation.plots.style import INK, MUTED, canvas, fitting

WIDTH = 8.6  # inches


@dataclass(frozen=True)
class Strip:
    """Pictures side by side."""

    pictures: np.ndarray  # (n, height, width) or (n, height, width, 3), levels of 0 to 255
    name: str = ""
    captions: Sequence[str] = ()  # above each


def draw(title: str, subtitle: str, strips: Sequence[Strip]) -> Figure:
    """Return the strips, one below the other."""
    columns = max(len(strip.pictures) for strip in strips)
    left = 0.2 + (0.85 if any(strip.name for strip in strips) else 0)
    cell = (WIDTH - left - 0.2) / max(columns, 6)
    captioned = sum(bool(strip.captions) for strip in strips)
    head = 0.56 + 0.16 * len(subtitle.splitlines())
    figure, places = canvas(
        title,
        subtitle,
        width=WIDTH,
        height=head + 0.25 + cell * len(strips) + 0.16 * captioned,
        left=left,
        right=WIDTH - left - cell * columns,
        bottom=0.15,
        spread=0.1,
        nrows=len(strips),
        ncols=columns,
        squeeze=False,
    )
    for axes in places.flat:
        axes.set_axis_off()
    for strip, row in zip(strips, places, strict=True):
        for axes, picture in zip(row, levels(strip.pictures), strict=False):
            show(axes, picture)
        for axes, caption in zip(row, strip.captions, strict=False):
            size = fitting(caption, 7.5, 0.95 * cell)
            axes.set_title(caption, size=size, color=INK, loc="center", pad=3)
        size = fitting(strip.name, 8.5, left - 0.2)
        middle = {"va": "center", "transform": row[0].transAxes, "color": MUTED}
        row[0].text(-0.1, 0.5, strip.name, size=size, ha="right", **middle)
    return figure


def levels(pictures: Any) -> np.ndarray:
    """Return pictures as bytes, cut off at black and at white."""
    whole: np.ndarray = np.rint(np.asarray(pictures, dtype=np.float64)).clip(0, 255)
    return whole.astype(np.uint8)


def first_of_each(labels: Any, n_rows: int, most: int = 10) -> np.ndarray:
    """Return the first row of each class, by the classes' names; without classes the first rows."""
    if labels is None:
        return np.arange(min(most, n_rows))
    names = np.asarray(labels).astype(str)
    return np.array([np.flatnonzero(names == name)[0] for name in np.unique(names)[:most]])
