"""Saliency maps: which pixels a network's decisions hang on."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap

from caselab.evaluation.metrics.classification import labels
from caselab.evaluation.plots.gallery import are_pictures, show
from caselab.evaluation.plots.style import INK, VERMILION, Plot, canvas, fitting
from caselab.evaluation.report import Report

MOST_CLASSES = 12
COLUMNS = 6
"""Of pictures that the figure has room for, at least."""
FAINT_TO_FULL = LinearSegmentedColormap.from_list(
    "faint to full", ["#ffffff", "#f3b48b", VERMILION, "#4a1f00"]
)


def saliency(report: Report) -> Plot | None:
    """Draw test pictures of each class and how much each pixel moves what was decided.

    They are the first of their class in the test rows: one of each, or more where classes are few.
    Below what convolves stands as well where its last maps raise what was decided. None for what is
    no network, or where the rows are no pictures of classes. The table has one line per picture and pixel.
    """
    if not are_pictures(report.X) or report.y is None:
        return None
    if not hasattr(report.estimator[-1], "weights_"):  # what learning's networks have
        return None
    if not set(report.decided) <= set(report.answers.columns):
        return None
    truth, said = labels(report.y), report.decided.to_numpy()
    names = sorted({*truth})[:MOST_CLASSES]
    of_each = max(1, COLUMNS // len(names))
    rows = np.concatenate([np.flatnonzero(truth == name)[:of_each] for name in names])
    pictures = np.asarray(report.X[rows])
    maps, raised = _maps(report.estimator, pictures, said[rows], report.seed)

    wide = max(len(rows), COLUMNS)
    cell = 8.2 / wide
    # The last line is free for names of two lines, which reach above the pictures
    of_maps = "" if raised is None else "\nGrad-CAM, below it: where the last maps raise it\n "
    figure, places = canvas(
        f"What {report.pipeline} looks at",
        f"{report.case.title} · the first test picture{'s' * (of_each > 1)} of each class, and how much each pixel moves "
        "the output that was decided\nSmoothGrad: mean size of the gradient over 24 noisy copies; "
        f"the darkest pixel of a map is its greatest{of_maps}",
        width=8.6,
        height=1.35 + (2 if raised is None else 3) * cell,
        left=0.2,
        right=0.2,
        bottom=0.2,
        spread=0.12,
        nrows=2 if raised is None else 3,
        ncols=wide,
        squeeze=False,
    )
    for axes in places.flat:
        axes.set_axis_off()
    for number, (row, found) in enumerate(zip(rows, maps, strict=True)):
        above, below = places[:2, number]
        show(above, pictures[number])
        wrong = truth[row] != said[row]
        told = f"{truth[row]}\nas {said[row]}" if wrong else truth[row]
        size = min(fitting(line, 7.5, 0.95 * cell) for line in told.splitlines())
        above.set_title(told, size=size, color=VERMILION if wrong else INK, loc="center", pad=3)
        below.imshow(found, cmap=FAINT_TO_FULL, vmin=0, vmax=found.max() or 1)
        if raised is not None:
            last = places[2, number]
            last.imshow(raised[number], cmap=FAINT_TO_FULL, vmin=0, vmax=raised[number].max() or 1)
    table = _table(report.ids.iloc[rows], truth[rows], said[rows], maps)
    if raised is not None:
        table["grad_cam"] = raised.ravel()
    return Plot(figure, table, of_rows=True)


def _maps(
    estimator: Any, pictures: np.ndarray, said: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the gradient's size of each pixel, over its channels, and Grad-CAM, `(n, height, width)`.

    The latter of networks that convolve.
    """
    from caselab.learning.gradients import smooth_gradient  # brings torch
    from caselab.learning.maps import grad_cam, makes_maps

    model = estimator[-1]
    places = np.array([[str(label) for label in model.classes_].index(each) for each in said])
    X = estimator[:-1].transform(pictures)
    sizes = smooth_gradient(model, X, places, seed=seed)
    height, width = pictures.shape[1:3]
    if sizes.ndim != 4:
        return sizes.reshape(len(pictures), height, width, -1).sum(axis=3), None
    # (n, channels, height, width)
    return sizes.sum(axis=1), grad_cam(model, X, places) if makes_maps(model) else None


def _table(ids: pd.Series, truth: np.ndarray, said: np.ndarray, maps: np.ndarray) -> pd.DataFrame:
    number, row, column = (place.ravel() for place in np.indices(maps.shape))
    return pd.DataFrame(
        {
            "id": ids.to_numpy()[number],
            "actual": truth[number],
            "predicted": said[number],
            "row": row,
            "column": column,
            "gradient": maps.ravel(),
        }
    )
