"""Pictures of codes: what they give back, which rows lie near each other, what their size costs."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from caselab.evaluation.metrics.compression import ERROR, codes
from caselab.evaluation.plots import maps as mapping
from caselab.evaluation.plots.gallery import are_pictures
from caselab.evaluation.plots.strips import Strip, draw, first_of_each
from caselab.evaluation.plots.style import BLUE, HALO, MUTED, PALETTE, Plot, canvas
from caselab.evaluation.report import Report

_MORE = ("#8c564b", "#9e9e9e", "#4b0082", "#a6d854")
"""Colours of classes beyond those that lines have."""


def reconstructions(report: Report) -> Plot | None:
    """Draw test pictures above what their codes give back, one of each class.

    None where the rows are no pictures. The table has one line per picture.
    """
    if not are_pictures(report.X):
        return None
    rows = first_of_each(report.y, len(report.ids))
    given = np.asarray(report.X[rows])
    back = given_back(report, codes(report.answers.iloc[rows]))
    decibels = -10 * np.log10(np.maximum(report.answers[ERROR].to_numpy()[rows], 1e-10))
    classes = [] if report.y is None else report.y.iloc[rows].astype(str).tolist()
    size = codes(report.answers).shape[1]
    figure = draw(
        f"What the codes of {report.pipeline} give back",
        f"{report.subject}, the first of each class, by {size:,} of {given[0].size:,} numbers\n"
        "Above each what it is, and how near it was given back, in decibels",
        [
            Strip(given, "given", classes),
            Strip(back, "given back", [f"{each:.1f} dB" for each in decibels]),
        ],
    )
    table = {"id": report.ids.iloc[rows].to_numpy(), "psnr": decibels}
    return Plot(figure, pd.DataFrame(table), of_rows=True)


def given_back(report: Report, found: np.ndarray) -> np.ndarray:
    """Return the pictures that codes `(n, n_codes)` stand for, in levels."""
    rows: np.ndarray = report.estimator[:-1].inverse_transform(
        report.estimator[-1].inverse_transform(found)
    )
    return rows


def maps(report: Report) -> Plot | None:
    """Draw test rows by their codes, beside maps of the rows themselves, coloured by class.

    Codes of more than two numbers are shown along the two directions in which they differ most.
    Which of the others are drawn is a word of the case, `evaluation: {maps: [pca, tsne, umap]}`.
    None for codes of one number, or hardly a row.
    """
    asked = report.settings.get("maps", ("pca", "tsne", "umap"))
    rows = mapping.sample(report)
    Z = codes(report.answers)[rows]
    if Z.shape[1] < 2 or len(Z) < 5 or report.X is None:
        return None
    shown = np.asarray(report.estimator[:-1].transform(report.X[rows]), dtype=np.float64)
    shown = shown.reshape(len(rows), -1)
    placed = {"codes": Z if Z.shape[1] == 2 else _principal(Z, report.seed)}
    placers = {"pca": _principal, "tsne": mapping.by_tsne, "umap": mapping.by_umap}
    placed |= {name: placers[name](shown, report.seed) for name in asked}
    titles = {"codes": "Codes", "pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
    classes = np.array([""] * len(rows)) if report.y is None else _classes(report, rows)
    columns = 2 if len(placed) > 1 else 1
    lines = -(-len(placed) // columns)
    figure, places = canvas(
        f"Maps of the codes of {report.pipeline}, and of the rows",
        f"{report.case.title} · {len(rows):,} test rows, by class; each name stands at its median",
        width=4.3 * columns,
        height=0.9 + 3.5 * lines,
        left=0.25,
        right=0.25,
        bottom=0.25,
        spread=0.16,
        nrows=lines,
        ncols=columns,
        squeeze=False,
    )
    for axes in places.flat[len(placed) :]:
        axes.set_axis_off()
    for axes, (name, at) in zip(places.flat, placed.items(), strict=False):
        title = titles[name] + ("" if name == "codes" else " of the rows")
        axes.text(0.01, 1.0, title, transform=axes.transAxes, va="top", color=MUTED, size=9)
        axes.set(xticks=[], yticks=[])
        _draw_classes(axes, at, classes)
    table = pd.DataFrame({"id": report.ids.to_numpy()[rows], "class": classes})
    for name, at in placed.items():
        table[f"{name}_x"], table[f"{name}_y"] = at.T
    return Plot(figure, table, of_rows=True)


def rate(report: Report) -> Plot | None:
    """Draw the error by the numbers of a code, of the sizes that were tried on a sample."""
    found = pd.DataFrame(getattr(report.estimator[-1], "rate_", {}))
    if found.empty:
        return None
    figure, axes = canvas(
        f"Rate and error of {report.pipeline}",
        f"{report.case.title} · codes of each size, learned from {found['rows'].iloc[0]:,} of the "
        "training rows alone, judged by others",
    )
    axes.plot(found["n_codes"], found["error"], color=BLUE, marker="o", markersize=4)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(found["n_codes"].tolist()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(xlabel="Numbers a code", ylabel="Mean squared error")
    axes.set_ylim(bottom=0)
    return Plot(figure, found)


def _principal(Z: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.decomposition import PCA

    placed: np.ndarray = PCA(2, svd_solver="full", random_state=seed).fit_transform(Z)
    return placed


def _classes(report: Report, rows: np.ndarray) -> np.ndarray:
    assert report.y is not None
    return report.y.iloc[rows].astype(str).to_numpy()


def _draw_classes(axes: Axes, at: np.ndarray, classes: np.ndarray) -> None:
    colors = (*PALETTE, *_MORE)
    for number, name in enumerate(np.unique(classes)):
        of, color = at[classes == name], colors[number % len(colors)]
        axes.scatter(of[:, 0], of[:, 1], s=7, color=color, alpha=0.6, linewidths=0)
    for number, name in enumerate(np.unique(classes)):
        x, y = np.median(at[classes == name], axis=0)
        color = colors[number % len(colors)]
        axes.text(x, y, name, color=color, size=8, weight="bold", ha="center", path_effects=HALO)
