"""Residuals: how far answers that are a number lie from what came true.

Where targets are positive and the largest is many times the smallest, all is drawn in ratios, on
logarithmic axes: an error of a tenth then looks alike for a hut and for a palace. Sums of money are
wide so early, and where some are 0 their axes are logarithmic from a hundredth of the largest up.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
    SymmetricalLogLocator,
)
from scipy import stats

from caselab.evaluation.intervals import band
from caselab.evaluation.metrics.regression import values
from caselab.evaluation.plots.style import BLUE, REFERENCE, VERMILION, Plot, canvas, fill
from caselab.evaluation.report import Report

MOST_DOTS = 2_000
WIDE, WIDE_MONEY = 10.0, 3.0
"""The largest target, in smallest ones, from which on ratios are drawn."""
MONEY = ("$", "€", "£", "¥")
N_TENTHS = 10


def predicted_over_observed(report: Report) -> Plot:
    """Draw what was answered over what came true."""
    rows = _rows(report)
    figure, axes = canvas(
        f"Answers of {report.pipeline}",
        f"{report.subject}\n{report.score(report.metric.name)}",
        width=5.2,
        height=5.5,
        left=0.85,
    )
    both = rows[["observed", "predicted"]].to_numpy()
    ratios = _in_ratios(rows, report)
    low, high = (both[both > 0] if ratios else both).min(), both.max()
    line = np.linspace(low, high, 200)
    axes.plot(line, line, **REFERENCE)
    _dots(axes, rows["observed"], rows["predicted"])
    unit = _unit(report)
    axes.set(xlabel=f"Observed{unit}", ylabel=f"Predicted{unit}", aspect="equal")
    nearly = not ratios and _is_money(report) and low >= 0 and high > WIDE * np.median(both)
    for axis in (axes.xaxis, axes.yaxis):
        if nearly:  # sums of money of which some are 0
            _nearly_logarithmic(axes, axis, high)
        else:
            _number_axis(axes, axis, ratios)
    return Plot(figure, rows, of_rows=True)


def residuals(report: Report) -> Plot:
    """Draw how far observed lie from predicted values over the predicted ones, with medians by tenth."""
    rows = _rows(report)
    ratios = _in_ratios(rows, report)
    figure, axes = canvas(
        f"Residuals of {report.pipeline}",
        f"{report.subject}\nLine: median of each tenth of the rows; band: the middle four fifths",
        left=0.85,
    )
    error = rows["ratio"] if ratios else rows["residual"]
    axes.axhline(1 if ratios else 0, **REFERENCE)
    _dots(axes, rows["predicted"], error)
    tenths = error.groupby(_tenth(rows["predicted"].to_numpy()))
    middle = rows["predicted"].groupby(_tenth(rows["predicted"].to_numpy())).median()
    axes.plot(middle, tenths.median(), color=VERMILION)
    fill(axes, middle, tenths.quantile(0.1), tenths.quantile(0.9), VERMILION)
    unit = _unit(report)
    axes.set(
        xlabel=f"Predicted{unit}",
        ylabel="Observed / predicted" if ratios else f"Observed minus predicted{unit}",
    )
    _number_axis(axes, axes.xaxis, ratios)
    _number_axis(axes, axes.yaxis, ratios)
    return Plot(figure, rows, of_rows=True)


def residual_distribution(report: Report) -> Plot:
    """Draw the distribution of residuals, and its quantiles over those of a normal one."""
    rows = _rows(report)
    ratios = _in_ratios(rows, report)
    error = np.log(rows["ratio"].clip(lower=1e-9)) if ratios else rows["residual"]
    error = np.sort(error.to_numpy())
    name = "Log of observed / predicted" if ratios else f"Observed minus predicted{_unit(report)}"
    within = error[np.abs(error - np.median(error)) <= 5 * np.std(error)]
    cut = len(error) - len(within)
    told = f"Left: without the {cut:,} largest; right" if cut else "Right"
    figure, (left, right) = canvas(
        f"Distribution of the residuals of {report.pipeline}",
        f"{report.subject}\n{told}: straight where residuals are normal",
        width=7.4,
        height=4.0,
        spread=0.3,
        ncols=2,
    )
    least = 1e-6 * np.std(error)  # equal but for rounding beside a huge one: no bins between
    room = least if np.ptp(within) < least else 0.0
    drawn = (float(within.min() - room), float(within.max() + room))
    left.hist(within, bins=41, range=drawn, color=BLUE, edgecolor="white", linewidth=0.4)
    left.axvline(0, **REFERENCE)
    left.set(xlabel=name, ylabel="Rows")
    left.grid(visible=False, axis="x")
    left.xaxis.set_major_locator(MaxNLocator(5))

    shares = (np.arange(len(error)) + 0.5) / len(error)
    normal = stats.norm.ppf(shares)
    ends = np.array([normal[0], normal[-1]])
    right.plot(ends, error.mean() + error.std() * ends, **REFERENCE)
    right.plot(normal, error, "o", color=BLUE, markersize=2.5, alpha=0.6, markeredgewidth=0)
    right.set(xlabel="Normal quantile", ylabel=name)
    for axes, axis in ((left, left.xaxis), (right, right.yaxis)):
        _number_axis(axes, axis, logarithmic=False)
    at = np.linspace(0.01, 0.99, 99)
    data = pd.DataFrame({"normal": stats.norm.ppf(at), "residual": np.quantile(error, at)})
    return Plot(figure, data)


def error_by_decile(report: Report) -> Plot:
    """Draw the mean size of the error in each tenth of the rows, from the least predicted up."""
    rows = _rows(report)
    tenth = _tenth(rows["predicted"].to_numpy())
    numbers = np.unique(tenth)
    inside = (tenth[:, np.newaxis] == numbers).astype(float)  # (n_samples, n_tenths)
    ratios = _in_ratios(rows, report)
    size = np.abs(rows["ratio"] - 1) if ratios else rows["residual"].abs()
    sizes = size.to_numpy()[:, np.newaxis] * inside

    def mean(weights: np.ndarray) -> np.ndarray:
        counts = weights @ inside
        return np.divide(
            weights @ sizes, counts, out=np.full(counts.shape, np.nan), where=counts > 0
        )

    low, high = band(mean, report.units, report.seed)
    grouped = rows.groupby(tenth)
    data = pd.DataFrame(
        {
            "tenth": numbers + 1,
            "predicted": grouped["predicted"].mean().to_numpy(),
            "observed": grouped["observed"].mean().to_numpy(),
            "error": mean(np.ones((1, len(rows))))[0],
            "low": low,
            "high": high,
            "rows": grouped.size().to_numpy(),
        }
    )
    figure, axes = canvas(
        f"Errors of {report.pipeline} by tenth",
        f"{report.subject}\nLine: 95 % interval; below each tenth its mean prediction",
        left=0.85,
        bottom=0.7,
    )
    axes.vlines(data["tenth"], data["low"], data["high"], color=BLUE, alpha=0.45)
    axes.plot(data["tenth"], data["error"], color=BLUE, marker="o", markersize=5)
    axes.set_xticks(
        data["tenth"],
        [f"{n}\n{_short(p)}" for n, p in zip(data["tenth"], data["predicted"], strict=True)],
    )
    axes.set_ylim(bottom=0)
    axes.set(
        xlabel=f"Tenth of the rows by prediction{_unit(report)}",
        ylabel="Mean error, share of the prediction"
        if ratios
        else f"Mean absolute error{_unit(report)}",
    )
    if ratios:
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    else:
        _number_axis(axes, axes.yaxis, logarithmic=False)
    return Plot(figure, data)


def _rows(report: Report) -> pd.DataFrame:
    observed, predicted = report.truth.to_numpy(dtype=np.float64), values(report.answers)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(predicted > 0, observed / predicted, np.nan)
    return pd.DataFrame(
        {
            "observed": observed,
            "predicted": predicted,
            "residual": observed - predicted,
            "ratio": ratio,
        }
    )


def _in_ratios(rows: pd.DataFrame, report: Report) -> bool:
    observed, predicted = rows["observed"], rows["predicted"]
    wide = WIDE_MONEY if _is_money(report) else WIDE
    return bool(
        observed.min() > 0 and predicted.min() > 0 and observed.max() >= wide * observed.min()
    )


def _unit(report: Report) -> str:
    """Return the target's unit, as it stands behind an axis's name."""
    return f", {report.unit}" if report.unit else ""


def _is_money(report: Report) -> bool:
    return report.unit in MONEY


def _tenth(predicted: np.ndarray) -> np.ndarray:
    """Return the tenth of each row, 0 to 9; equal predictions fall into one."""
    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, N_TENTHS + 1)[1:-1]))
    tenth = np.searchsorted(edges, predicted, side="left")
    return np.unique(tenth, return_inverse=True)[1]


def _dots(axes: Axes, x: pd.Series, y: pd.Series) -> None:
    step = max(1, len(x) // MOST_DOTS)
    alpha = 0.5 if len(x) < 1_000 else 0.25
    axes.plot(
        x[::step],
        y[::step],
        "o",
        color=BLUE,
        markersize=3,
        alpha=alpha,
        markeredgewidth=0,
        zorder=2,
    )


def _number_axis(axes: Axes, axis: Any, logarithmic: bool) -> None:
    """Write numbers as people read them: 250,000 as 250k, and 1, 2, 5 on logarithmic axes."""
    if logarithmic:
        (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
        low, high = sorted(axis.get_view_interval())
        close = high < 10 * low  # within a decade more ticks are needed
        axis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if close else (1, 2, 5)))
        axis.set_minor_formatter(NullFormatter())
        axis.set_minor_locator(LogLocator(subs=()))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _nearly_logarithmic(axes: Axes, axis: Any, most: float) -> None:
    """Make an axis logarithmic from a hundredth of its largest number up, and linear down to 0."""
    linear = 10 ** np.floor(np.log10(most / 100))
    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("symlog", linthresh=linear)
    axis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=linear, subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _short(value: float) -> str:
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:,.3g}{sign}"
    return f"{value:.3g}"
