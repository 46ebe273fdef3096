"""Segments: what tells them apart, how well rows lie in them, how many there are, how stable."""

import textwrap
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from pandas.api.types import is_numeric_dtype

from caselab.evaluation import segments as naming
from caselab.evaluation import stability as resampling
from caselab.evaluation.plots.style import (
    BLUE,
    HALO,
    INK,
    MUTED,
    PALETTE,
    REFERENCE,
    VERMILION,
    Plot,
    canvas,
)
from caselab.evaluation.report import Report
from caselab.numbers import percent

LEVELS = LinearSegmentedColormap.from_list("below, above", ["#6aaed6", "#f7f7f7", "#ef9a66"])
MOST_COLUMNS = 12
_WRAP = 24


def colors(report: Report) -> dict[int, str]:
    """Return the colour of each cluster: that of its name, on the pictures of every pipeline.

    Clusters that share a name have it in lighter shades; noise is grey.
    """
    names = naming.describe(report.estimator)["segment"]
    known = [rule.name for rule in naming.CUSTOMERS]
    found, taken = {naming.NOISE: MUTED}, Counter[str]()
    for cluster, name in zip(names.index.astype(int).tolist(), names.astype(str), strict=True):
        first = name.partition(",")[0]
        if first not in known:
            found.setdefault(cluster, PALETTE[cluster % len(PALETTE)])
            continue
        red, green, blue = to_rgb(PALETTE[known.index(first) % len(PALETTE)])
        depth = 0.6 ** taken[first]
        found[cluster] = to_hex(
            (1 - (1 - red) * depth, 1 - (1 - green) * depth, 1 - (1 - blue) * depth)
        )
        taken[first] += 1
    return found


def by_cluster(rows: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield each cluster's number and its rows, by number."""
    for cluster in np.unique(rows["cluster"]):
        yield int(cluster), rows[rows["cluster"] == cluster]


def segments(report: Report) -> Plot | None:
    """Draw each segment's medians against all training rows', with its size and strategy."""
    table = profile(report)
    level = naming.levels(report.estimator)
    left_out = len(level.columns) - MOST_COLUMNS
    told = f"; {left_out} columns more are in the table" if left_out > 0 else ""
    level = level[level.columns[:MOST_COLUMNS]]
    figure, axes = canvas(
        f"Segments of {report.pipeline}",
        f"{report.case.title} · medians of training rows; colour: share of all of them below it{told}\n"
        f"{report.score('silhouette')}",
        width=3.9 + 0.78 * level.shape[1],
        height=1.45 + 0.5 * len(level),
        left=1.75,
        right=2.05,
        bottom=0.45,
    )
    axes.imshow(level, cmap=LEVELS, vmin=0, vmax=1, aspect="auto")
    axes.grid(visible=False)
    medians = table.set_index("cluster")
    for row in range(len(level)):
        for column, name in enumerate(level.columns):
            known = f"median_{name}" in medians
            shown = medians[f"median_{name}"] if known else level.iloc[:, column]
            axes.text(column, row, _written(float(shown[row])), ha="center", va="center", size=8)
        told = "\n".join(textwrap.wrap(str(medians.loc[row, "strategy"]), 34))
        axes.text(level.shape[1] - 0.4, row, told, va="center", size=7.5, color=INK)
    named, shares = medians["segment"].to_dict(), medians["share"].to_dict()
    names = [f"{_wrapped(named[each])} · {percent(shares[each])}" for each in range(len(level))]
    axes.set_yticks(range(len(level)), names)
    axes.set_xticks(
        range(level.shape[1]), [textwrap.fill(report.named(name), 12) for name in level.columns]
    )
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    return Plot(figure, table)


def profile(report: Report) -> pd.DataFrame:
    """Return one line per segment: name, strategy, sizes, silhouette, medians and levels.

    Sizes and medians are of training rows; `test_rows` and `silhouette` of test rows.
    """
    model, told = report.estimator[-1], naming.describe(report.estimator)
    level = naming.levels(report.estimator)
    labels, cluster = model.labels_, report.answers["cluster"].to_numpy()
    X = report.background
    rows = []
    for each in sorted({*np.unique(labels), *range(model.n_clusters_)}, key=lambda n: (n < 0, n)):
        inside = cluster == each
        line = {
            "cluster": each,
            **told.loc[each],
            "share": float((labels == each).mean()),
            "rows": int((labels == each).sum()),
            "test_rows": int(inside.sum()),
            "silhouette": report.answers["silhouette"][inside].mean(),
        }
        if isinstance(X, pd.DataFrame) and len(X) == len(labels):
            for name in (name for name in X if is_numeric_dtype(X[name])):
                line[f"median_{name}"] = float(X[name][labels == each].median())
        if each >= 0:
            line |= {f"level_{name}": level.loc[each, name] for name in level.columns}
        rows.append(line)
    return pd.DataFrame(rows)


def silhouettes(report: Report) -> Plot | None:
    """Draw every test row's silhouette, sorted within its segment."""
    if report.estimator[-1].n_clusters_ < 2:
        return None
    rows = report.answers[["cluster", "segment", "silhouette"]].copy()
    rows.insert(0, "id", report.ids.to_numpy())
    rows = rows[rows["cluster"] >= 0]
    figure, axes = canvas(
        f"How well rows lie in the segments of {report.pipeline}",
        f"{report.subject}\n{report.score('silhouette')}",
        left=1.75,
    )
    foot, places, color = 0, [], colors(report)
    for cluster, part in by_cluster(rows):
        values = np.sort(part["silhouette"].to_numpy())
        axes.fill_betweenx(np.arange(foot, foot + len(values)), values, color=color[cluster], lw=0)
        name = _wrapped(part["segment"].iloc[0])
        places.append((foot + len(values) / 2, f"{name}\nmean {values.mean():.2f}"))
        foot += len(values) + max(4, len(rows) // 60)
    axes.axvline(report.scores["silhouette"], **REFERENCE)
    axes.set_yticks([place for place, _ in places], [name for _, name in places])
    axes.set_xlabel("Silhouette; dashed: mean of all rows")
    axes.grid(visible=False, axis="y")
    return Plot(figure, rows, of_rows=True)


def k_selection(report: Report) -> Plot | None:
    """Draw what spoke for the number of clusters (or for the radius) that was chosen."""
    model = report.estimator[-1]
    if not model.selection_:
        return None
    table = pd.DataFrame(model.selection_)
    by = table.columns[0] if "radius" not in table else "radius"
    chosen = model.eps_ if by == "radius" else model.n_clusters_
    others = [name for name in ("gap", "clusters", "noise") if name in table and name != by]
    figure, panels = canvas(
        f"{'Radii' if by == 'radius' else 'Numbers of clusters'} that {report.pipeline} tried",
        f"{report.case.title} · on training rows\nDashed: chosen ({chosen:.3g})",
        width=3.3 + 2.9 * len(others),
        spread=0.3,
        ncols=1 + len(others),
        squeeze=False,
    )
    for axes, name in zip(panels[0], ["silhouette", *others], strict=True):
        error = table.get(f"{name}_error")
        axes.errorbar(table[by], table[name], yerr=error, color=BLUE, marker="o", markersize=4)
        axes.axvline(chosen, **REFERENCE)
        axes.set(xlabel=by.capitalize(), ylabel=_MEASURES[name])
    return Plot(figure, table)


def stability(report: Report) -> Plot | None:
    """Draw how like each segment is to one that resamples of the training rows find."""
    model = report.estimator[-1]
    if model.n_clusters_ < 2 or report.background is None:
        return None
    Z = np.asarray(report.estimator[:-1].transform(report.background), dtype=np.float64)
    found = resampling.stability(model, Z, report.seed)
    told = naming.describe(report.estimator)
    table = pd.DataFrame(
        {
            "cluster": range(model.n_clusters_),
            "segment": told["segment"].loc[list(range(model.n_clusters_))].to_numpy(),
            "jaccard": np.nanmean(found.jaccard, axis=0),
            "lowest": np.nanmin(found.jaccard, axis=0),
            "highest": np.nanmax(found.jaccard, axis=0),
            "adjusted_rand": found.agreement.mean(),
        }
    )
    figure, axes = canvas(
        f"Are the segments of {report.pipeline} found again?",
        f"{report.case.title} · {resampling.N_RESAMPLES} bootstrap refits on training rows; mean adjusted Rand "
        f"index {found.agreement.mean():.2f}\nDot: mean Jaccard index; line: lowest to highest",
        height=1.7 + 0.38 * len(table),
        left=1.75,
    )
    _limits(axes)
    axes.hlines(table.index, table["lowest"], table["highest"], color=BLUE, alpha=0.45)
    axes.plot(table["jaccard"], table.index, "o", color=BLUE, markersize=6)
    axes.set_yticks(range(len(table)), [_wrapped(name) for name in table["segment"]])
    axes.set(xlim=(0, 1.02), ylim=(len(table) - 0.5, -0.5), xlabel="Jaccard index")
    return Plot(figure, table)


def _limits(axes: Axes) -> None:
    for limit, word in ((0.5, "dissolves below"), (0.75, "stable from here")):
        axes.axvline(limit, **REFERENCE)
        axes.text(
            limit,
            1.01,
            word,
            transform=axes.get_xaxis_transform(),
            ha="right" if limit < 0.6 else "left",
            size=7.5,
            color=VERMILION if limit < 0.6 else MUTED,
            path_effects=HALO,
        )


_MEASURES = {
    "silhouette": "Mean silhouette",
    "gap": "Gap statistic",
    "clusters": "Clusters",
    "noise": "Share of noise",
}


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _wrapped(name: str) -> str:
    return "\n".join(textwrap.wrap(name, _WRAP))
