"""The house style: one look for every picture, and the same bytes for the same picture.

Colours are those of Okabe and Ito (2008), told apart by colour-blind eyes and in grey print. Lines
carry their name beside them instead of in a legend. The font comes with matplotlib, so that no
machine's fonts change a picture; figures are made without pyplot, so that no user's settings do.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MultipleLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike
from PIL import Image

INK, MUTED, FAINT = "#1f2328", "#667079", "#dde1e5"
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
AMBER, SKY, BLACK, OLIVE = "#E69F00", "#56B4E9", "#000000", "#7A7A00"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, AMBER, SKY, BLACK, OLIVE)

STROKES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
"""Of lines that share a colour, where there are more lines than colours."""

LOW_TO_HIGH = LinearSegmentedColormap.from_list("low to high", [SKY, BLUE, "#5b3a72", VERMILION])
FAINT_TO_BLUE = LinearSegmentedColormap.from_list("faint to blue", ["#f4f7fa", "#9cc7e0", BLUE])

REFERENCE: dict[str, Any] = {"color": MUTED, "linewidth": 1, "linestyle": (0, (4, 3))}
"""How a line that nothing has to be learned for is drawn: chance, baseline, published figure."""

HALO = [withStroke(linewidth=2.5, foreground="white")]
"""Keeps text readable on lines."""

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titlecolor": MUTED,
    "axes.titlepad": 8,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "figure.dpi": 180,
}


@dataclass(frozen=True)
class Plot:
    """A picture and the table that it was drawn from."""

    figure: Figure
    data: pd.DataFrame
    of_rows: bool = False  # the table has lines for single rows, and is no curve to be overlaid


@contextmanager
def house() -> Iterator[None]:
    """Draw and save in the house style, whatever the user's matplotlib settings are."""
    with matplotlib.style.context(_STYLE, after_reset=True):
        yield


def canvas(
    title: str,
    subtitle: str,
    *,
    width: float = 6.4,
    height: float = 4.4,
    left: float = 0.72,
    right: float = 0.3,
    bottom: float = 0.55,
    spread: float = 0.35,
    **grid: Any,
) -> tuple[Figure, Any]:
    """Return a figure under its title, and its axes: one, or an array for a `grid`.

    Sizes and margins are in inches; `spread` lies between axes, in shares of one. Margins are given
    because matplotlib's own layout takes as long as drawing.
    """
    figure = Figure(figsize=(width, height))
    lines = subtitle.splitlines()
    head = 0.56 + 0.16 * len(lines)
    figure.subplots_adjust(
        left=left / width,
        right=1 - right / width,
        bottom=bottom / height,
        top=1 - head / height,
        wspace=spread,
        hspace=spread,
    )
    at, free = 0.14 / width, width - 0.28
    large, small = fitting(title, 12, free), min(fitting(line, 8.5, free) for line in lines)
    figure.text(at, 1 - 0.12 / height, title, size=large, weight="bold", va="top")
    figure.text(
        at, 1 - 0.38 / height, subtitle, size=small, color=MUTED, va="top", linespacing=1.35
    )
    return figure, figure.subplots(**grid)


def fitting(text: str, size: float, width: float) -> float:
    """Return the size (points) in which text is no wider than `width` inches, at most `size`."""
    return min(size, width / (text_width(text, 1) or 1))


def text_width(text: str, size: float) -> float:
    """Return about how many inches wide a line of text is; a letter of DejaVu has 0.62 em."""
    return 0.62 * size / 72 * len(text)


def write_png(figure: Figure, file: Path) -> None:
    """Write a picture, equal bytes for equal figures."""
    canvas = FigureCanvasAgg(figure)
    with house():
        canvas.draw()  # savefig would draw twice
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    picture.save(file, dpi=(figure.dpi, figure.dpi))


def write_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table, six digits a number."""
    table.to_csv(file, index=False, float_format="%.6g", lineterminator="\n")


def unit_square(axes: Axes, x: str, y: str, aspect: Literal["equal", "auto"] = "equal") -> None:
    """Frame a plot of one share over another."""
    axes.set(xlabel=x, ylabel=y, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect=aspect)
    axes.xaxis.set_major_locator(MultipleLocator(0.2))
    axes.yaxis.set_major_locator(MultipleLocator(0.2))


def fill(axes: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, color: str) -> None:
    """Draw an interval band."""
    axes.fill_between(x, low, high, color=color, alpha=0.16, linewidth=0)


def stroke(number: int) -> dict[str, Any]:
    """Return colour and dashes of a line: as many lines as there are of both are told apart."""
    strokes = STROKES[number // len(PALETTE) % len(STROKES)]
    return {"color": PALETTE[number % len(PALETTE)], "linestyle": strokes}


def list_lines(axes: Axes, names: Sequence[str], x: float) -> None:
    """Write lines' names above each other from the axes' foot, each as its `stroke` is drawn.

    For curves that end in one point, where a name beside each end would not tell them apart; `x` is
    a share of the width. Where colours come twice, a piece of the line stands before its name.
    """
    figure, samples = axes.get_figure(), len(names) > len(PALETTE)
    assert figure is not None
    for number, (place, name) in enumerate(reversed(list(enumerate(names)))):
        drawn = stroke(place)
        if samples:
            shift = ScaledTranslation(0, (11.5 + 12 * number) / 72, figure.dpi_scale_trans)
            ends = [x - 0.075, x - 0.015]
            axes.add_artist(Line2D(ends, [0, 0], transform=axes.transAxes + shift, **drawn))
        axes.annotate(
            name,
            (x, 0),
            xycoords="axes fraction",
            xytext=(0, 8 + 12 * number),
            textcoords="offset points",
            color=drawn["color"],
            size=8.5,
            weight="bold",
            path_effects=HALO,
        )


def name_lines(
    axes: Axes, lines: Sequence[tuple[float, float, str, str]], *, least_gap: float = 0.06
) -> None:
    """Write each line's name right of its end `(x, y, name, color)`, moved apart where they meet.

    `least_gap` is the least distance of two names in shares of the axes' height.
    """
    bottom, top = axes.get_ylim()
    order = sorted(range(len(lines)), key=lambda i: lines[i][1])
    heights = [(lines[i][1] - bottom) / (top - bottom) for i in order]
    apart = heights[:]
    for place in range(1, len(apart)):
        apart[place] = max(apart[place], apart[place - 1] + least_gap)
    down = max((sum(apart) - sum(heights)) / max(len(apart), 1), max(apart, default=0) - 1)
    for i, height in zip(order, apart, strict=True):
        x, _, name, color = lines[i]
        axes.annotate(
            name,
            (x, bottom + (height - down) * (top - bottom)),
            xytext=(6, 0),
            textcoords="offset points",
            color=color,
            size=8.5,
            va="center",
            annotation_clip=False,
            path_effects=HALO,
        )
