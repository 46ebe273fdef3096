"""What convolutions have learned: the filters of the first layer, and the maps of a picture."""

import numpy as np
import pandas as pd

from caselab.evaluation.plots.gallery import are_pictures, show
from caselab.evaluation.plots.style import INK, MUTED, Plot, canvas
from caselab.evaluation.report import Report

MOST_FILTERS = 64
MOST_MAPS = 8
COLUMNS = 16


def filters(report: Report) -> Plot | None:
    """Draw the filters of the first convolution.

    Those of three channels are drawn in their colours, others by the sum of their channels: dark
    weighs down, light up. None for what does not convolve. The table has one line per weight.
    """
    if not are_pictures(report.X) or not hasattr(report.estimator[-1], "weights_"):
        return None
    from caselab.learning import maps  # brings torch

    weights = maps.filters(report.estimator[-1])  # (n, channels, height, width)
    if weights is None:
        return None
    n_filters, n_channels, height, width = weights.shape
    shown = weights[:MOST_FILTERS]
    n_rows = -(-len(shown) // COLUMNS)
    more = "" if len(shown) == n_filters else f", of which {len(shown)} are shown"
    figure, places = canvas(
        f"First filters of {report.pipeline}",
        f"{report.case.title} · {n_filters:,} filters of {height} x {width} pixels and {n_channels} "
        f"channel{'s' * (n_channels > 1)}{more}\nEach by itself from its least weight to its greatest",
        width=8.6,
        height=1.15 + 0.53 * n_rows,
        left=0.2,
        right=0.2,
        bottom=0.2,
        spread=0.12,
        nrows=n_rows,
        ncols=COLUMNS,
        squeeze=False,
    )
    for axes in places.flat:
        axes.set_axis_off()
    for axes, each in zip(places.flat, shown, strict=False):
        if n_channels == 3:
            spread = max(float(np.abs(each).max()), 1e-12)
            axes.imshow((each / spread / 2 + 0.5).transpose(1, 2, 0))
        else:
            total = each.sum(axis=0)
            spread = max(float(np.abs(total).max()), 1e-12)
            axes.imshow(total, cmap="gray", vmin=-spread, vmax=spread)
    number, channel, row, column = (place.ravel() for place in np.indices(shown.shape))
    table = {"filter": number, "channel": channel, "row": row, "column": column}
    return Plot(figure, pd.DataFrame(table | {"weight": shown.ravel()}), of_rows=True)


def feature_maps(report: Report) -> Plot | None:
    """Draw what layers of each size make of the first test picture.

    Of each layer the maps that answer most differently from place to place. None for what does not
    convolve. The table has one line per map.
    """
    if not are_pictures(report.X) or not hasattr(report.estimator[-1], "weights_"):
        return None
    from caselab.learning import maps

    model = report.estimator[-1]
    if not maps.makes_maps(model):
        return None
    picture = np.asarray(report.X[np.array([0])])
    layers = maps.feature_maps(model, report.estimator[:-1].transform(picture))
    if not layers:
        return None
    figure, places = canvas(
        f"What {report.pipeline} makes of a picture",
        f"{report.case.title} · {report.ids.iloc[0]}, and the last maps of each size that layers make "
        "of it\nThe maps that differ most from place to place; each by itself from its least to its "
        "greatest answer",
        width=8.6,
        height=0.95 + 0.97 * len(layers),
        left=0.2,
        right=0.2,
        bottom=0.2,
        spread=0.25,
        nrows=len(layers),
        ncols=MOST_MAPS + 1,
        squeeze=False,
    )
    for axes in places.flat:
        axes.set_axis_off()
    show(places[0, 0], picture[0])
    lines = []
    for row, layer in enumerate(layers):
        answers = layer.answers[0]  # (n_maps, height, width)
        spread = answers.std(axis=(1, 2))
        chosen = np.argsort(-spread, kind="stable")[:MOST_MAPS]
        for axes, number in zip(places[row, 1:], chosen, strict=False):
            axes.imshow(answers[number], cmap="gray", interpolation="nearest")
        sides = " x ".join(map(str, answers.shape[1:]))
        color = INK if row else MUTED
        places[row, 0].text(
            0.5,
            0.5 if row else -0.06,
            f"{len(answers):,} maps\n{sides}",
            size=7.5,
            ha="center",
            va="center" if row else "top",
            color=color,
            transform=places[row, 0].transAxes,
        )
        lines += [
            {"layer": layer.layer, "map": number, "mean": each.mean(), "deviation": each.std()}
            for number, each in enumerate(answers)
        ]
    return Plot(figure, pd.DataFrame(lines), of_rows=True)
