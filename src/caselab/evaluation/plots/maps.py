"""Maps of rows in two dimensions, coloured by segment: near rows are alike.

Which are drawn is a word of the case, `evaluation: {maps: [pca, tsne, umap]}`: UMAP compiles itself
for some fifteen seconds in every process.
"""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from caselab.evaluation.plots.segments import by_cluster, colors
from caselab.evaluation.plots.style import HALO, MUTED, Plot, canvas
from caselab.evaluation.report import Report
from caselab.storage.rows import Inputs

MOST_ROWS = 500
"""Test rows on a map; placing them takes time faster than they grow."""


def pca(report: Report) -> Plot | None:
    """Draw test rows along the two directions in which training rows differ most (Pearson, 1901)."""
    from sklearn.decomposition import PCA

    if report.background is None or not _asked(report, "pca"):
        return None
    directions = PCA(2, svd_solver="full", random_state=report.seed).fit(
        _shown(report, report.background)
    )
    shares = directions.explained_variance_ratio_
    axes = [f"Component {i + 1}, {share:.0%} of variance" for i, share in enumerate(shares)]
    return _map(report, "PCA", directions.transform, axes)


def tsne(report: Report) -> Plot | None:
    """Draw test rows so that near neighbours stay near (van der Maaten and Hinton, 2008)."""
    if not _asked(report, "tsne"):
        return None
    return _map(report, "t-SNE", partial(by_tsne, seed=report.seed), ["t-SNE 1", "t-SNE 2"])


def umap(report: Report) -> Plot | None:
    """Draw test rows so that their graph of neighbours is kept (McInnes and others, 2018)."""
    if not _asked(report, "umap"):
        return None
    return _map(report, "UMAP", partial(by_umap, seed=report.seed), ["UMAP 1", "UMAP 2"])


def by_tsne(Z: np.ndarray, seed: int) -> np.ndarray:
    """Return places `(n_samples, 2)` in which near rows `(n_samples, n_features)` stay near."""
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(Z) - 1) / 3)
    placed: np.ndarray = TSNE(
        perplexity=perplexity, init="pca", max_iter=500, random_state=seed, n_jobs=1
    ).fit_transform(Z)
    return placed


def by_umap(Z: np.ndarray, seed: int) -> np.ndarray:
    """Return places `(n_samples, 2)` that keep the graph of neighbours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of n_jobs, which a seed sets to 1
        from umap import UMAP  # takes seconds, which other cases need not wait for

        count = min(15, len(Z) - 1)
        # Scikit-learn's neighbours are exact, and spare the compilation of a search for others.
        distances, neighbours = NearestNeighbors(n_neighbors=count).fit(Z).kneighbors(Z)
        placed: np.ndarray = UMAP(
            n_neighbors=count,
            precomputed_knn=(neighbours, distances),
            force_approximation_algorithm=True,  # or the given neighbours are not used
            init="pca",
            random_state=seed,
            n_jobs=1,
        ).fit_transform(Z)
    return placed


def sample(report: Report) -> np.ndarray:
    """Return the positions of the test rows on a map, in rising order."""
    rows = np.arange(len(report.answers))
    if len(rows) <= MOST_ROWS:
        return rows
    random = np.random.default_rng(report.seed)
    return np.sort(random.choice(rows, MOST_ROWS, replace=False))


def _asked(report: Report, name: str) -> bool:
    return name in report.settings.get("maps", (name,))


def _shown(report: Report, X: Inputs) -> np.ndarray:
    return np.asarray(report.estimator[:-1].transform(X), dtype=np.float64)


def _map(
    report: Report, name: str, place: Callable[[np.ndarray], np.ndarray], labels: list[str]
) -> Plot | None:
    """Place test rows and draw them; nothing where there is one cluster, or hardly a row."""
    assert report.X is not None
    rows = sample(report)
    Z = _shown(report, report.X)[rows]
    if len(Z) < 5 or Z.shape[1] < 2 or report.estimator[-1].n_clusters_ < 2:
        return None
    placed = place(Z)
    answers = report.answers.iloc[rows]
    table = pd.DataFrame(
        {
            "id": report.ids.to_numpy()[rows],
            "x": placed[:, 0],
            "y": placed[:, 1],
            "cluster": answers["cluster"].to_numpy(),
            "segment": answers["segment"].to_numpy(),
        }
    )
    figure, axes = canvas(
        f"{name} map of the segments of {report.pipeline}",
        f"{report.case.title} · {len(table):,} test rows",
        height=5.2,
    )
    color = colors(report)
    for cluster, part in by_cluster(table):
        axes.scatter(part["x"], part["y"], s=9, color=color[cluster], alpha=0.65, linewidths=0)
    for cluster, part in by_cluster(table):
        at = part["x"].median(), part["y"].median()
        told = {"size": 9, "weight": "bold", "ha": "center", "path_effects": HALO}
        if cluster >= 0:
            axes.text(*at, part["segment"].iloc[0], color=color[cluster], **told)
    if (table["cluster"] < 0).any():
        axes.text(0.01, 0.01, "grey: in no segment", transform=axes.transAxes, color=MUTED, size=8)
    axes.set(xlabel=labels[0], ylabel=labels[1])
    return Plot(figure, table, of_rows=True)
