"""Forecasts: single horizons with their bounds, and how wrong they are by moments ahead."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from caselab.evaluation.intervals import band
from caselab.evaluation.metrics.forecasting import ERRORS
from caselab.evaluation.plots.style import (
    BLUE,
    INK,
    REFERENCE,
    VERMILION,
    Plot,
    canvas,
    fill,
    name_lines,
)
from caselab.evaluation.report import Report
from caselab.forecasting.intervals import LEVELS, bounds, horizons

SHOWN = (0.1, 0.5, 0.9, 1.0)
"""Of test rows ordered by their error, in shares, those that are drawn."""


def forecasts(report: Report) -> Plot:
    """Draw forecasts of a good, a middling, a bad and the worst test row, with bounds and truth."""
    truth, values, scale = _of(report)
    error = np.abs(truth - values).mean(1) / scale
    order = np.argsort(error, kind="stable")
    places = [int(order[round(share * (len(order) - 1))]) for share in SHOWN]
    figure, grid = canvas(
        f"Forecasts of {report.pipeline}",
        f"{report.subject}\nBlack: what came; blue: forecast with its 80 and 95 % bounds; errors in "
        "scales, 1 as repeating the last season",
        width=9.2,
        height=6.0,
        spread=0.3,
        nrows=2,
        ncols=2,
    )
    figure.subplots_adjust(top=0.82, hspace=0.35)  # the panels have titles
    ahead = np.arange(1, truth.shape[1] + 1)
    tables = []
    for axes, place, share in zip(grid.flat, places, SHOWN, strict=True):
        row = pd.DataFrame({"id": report.ids.iloc[place], "ahead": ahead})
        row["observed"], row["forecast"] = truth[place], values[place]
        for level in LEVELS[::-1]:
            lower, upper = bounds(values[[place]], scale[[place]], report.decision[ERRORS], level)
            fill(axes, ahead, lower[0], upper[0], BLUE)
            row[f"lower_{level}"], row[f"upper_{level}"] = lower[0], upper[0]
        axes.plot(ahead, values[place], color=BLUE)
        axes.plot(ahead, truth[place], color=INK, linewidth=1.2)
        worse = "the worst" if share == 1 else f"worse than {share:.0%}"
        axes.set_title(f"From {report.ids.iloc[place]}, {worse}: {error[place]:.2f}")
        _moments(axes)
        tables.append(row)
    for axes in grid[-1]:
        axes.set_xlabel("Moments ahead")
    for axes in grid[:, 0]:
        axes.set_ylabel(f"Value, {report.unit}" if report.unit else "Value")
    return Plot(figure, pd.concat(tables, ignore_index=True), of_rows=True)


def error_by_step(report: Report) -> Plot:
    """Draw the mean size of the error, in scales, over the moments ahead."""
    truth, values, scale = _of(report)
    sizes = np.abs(truth - values) / scale[:, np.newaxis]
    low, high = band(partial(_means, sizes), report.units, report.seed)
    table = pd.DataFrame({"ahead": np.arange(1, sizes.shape[1] + 1), "error": sizes.mean(0)})
    figure, axes = canvas(
        f"Error by moments ahead of {report.pipeline}",
        f"{report.subject}\n{report.score('mase')}; dashed: as wrong as repeating the last season",
    )
    axes.axhline(1, **REFERENCE)
    axes.plot(table["ahead"], table["error"], color=BLUE)
    fill(axes, table["ahead"], low, high, BLUE)
    axes.set(xlabel="Moments ahead", ylabel="Mean size of the error, in scales")
    axes.set_ylim(bottom=0)
    _moments(axes)
    return Plot(figure, table.assign(low=low, high=high))


def coverage_by_step(report: Report) -> Plot:
    """Draw the share of what came that lay within its bounds, over the moments ahead."""
    truth, values, scale = _of(report)
    figure, axes = canvas(
        f"Coverage of the bounds of {report.pipeline}",
        f"{report.subject}\nDashed: the share that bounds are to hold",
        right=0.75,
    )
    table = pd.DataFrame({"ahead": np.arange(1, truth.shape[1] + 1)})
    lines = []
    for level, color in zip(LEVELS, (BLUE, VERMILION), strict=True):
        lower, upper = bounds(values, scale, report.decision[ERRORS], level)
        held = ((lower <= truth) & (truth <= upper)).astype(float)
        low, high = band(partial(_means, held), report.units, report.seed)
        axes.axhline(level / 100, **REFERENCE)
        axes.plot(table["ahead"], held.mean(0), color=color)
        fill(axes, table["ahead"], low, high, color)
        table[f"coverage_{level}"] = held.mean(0)
        lines.append((len(table), held.mean(0)[-1], f"{level} %", color))
    axes.set(xlabel="Moments ahead", ylabel="Share within the bounds", ylim=(0, 1.02))
    axes.yaxis.set_major_formatter("{x:.0%}")
    name_lines(axes, lines)
    _moments(axes)
    return Plot(figure, table)


def _of(report: Report) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth and forecast `(n_samples, horizon)`, and the rows' scales `(n_samples,)`."""
    answers = report.answers
    return horizons(report.truth), horizons(answers["value"]), answers["scale"].to_numpy()


def _means(numbers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted means of each moment, `(n_resamples, horizon)`."""
    means: np.ndarray = weights @ numbers / weights.sum(axis=1, keepdims=True)
    return means


def _moments(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 4, 6, 8, 10]))
