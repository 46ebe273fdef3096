"""k-means: each row belongs to the nearest of k centres."""

import warnings
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Interval
from pydantic import NonNegativeInt, PositiveInt
from scipy.cluster.vq import kmeans2
from sklearn.cluster import KMeans
from sklearn.utils.validation import validate_data

from caselab.grouping.cluster_counts import chosen, within
from caselab.grouping.clusters import Clusters

_TRIES, _ITERATIONS = 3, 30
"""Of each number of clusters that is tried."""


def clustering(
    *,
    n_clusters: PositiveInt | Literal["auto"] = "auto",
    least: Annotated[int, Interval(ge=2)] = 2,
    most: Annotated[int, Interval(ge=2)] = 10,
    choose_by: Literal["silhouette", "gap"] = "silhouette",
    gap_references: NonNegativeInt = 10,
    n_init: PositiveInt = 10,
    random_state: int,
) -> "KMeansClusters":
    """Find centres by k-means, the best of `n_init` starts.

    `n_clusters` `auto` takes the number from `least` to `most` that has the highest mean
    silhouette, or with `choose_by: gap` the one that the gap statistic chooses; that is measured
    against `gap_references` uniform data sets.

    Source: Lloyd (1982), Least squares quantization in PCM; Arthur and Vassilvitskii (2007),
    k-means++.
    """
    return KMeansClusters(
        n_clusters=n_clusters,
        least=least,
        most=most,
        choose_by=choose_by,
        gap_references=gap_references,
        n_init=n_init,
        random_state=random_state,
    )


class KMeansClusters(Clusters):
    """k-means that can choose k; a new row belongs to the nearest centre."""

    def __init__(
        self,
        *,
        n_clusters: int | Literal["auto"] = "auto",
        least: int = 2,
        most: int = 10,
        choose_by: Literal["silhouette", "gap"] = "silhouette",
        gap_references: int = 10,
        n_init: int = 10,
        random_state: int | None = None,
    ):
        self.n_clusters = n_clusters
        self.least = least
        self.most = most
        self.choose_by = choose_by
        self.gap_references = gap_references
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Find the centres of the rows `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        count, selection = chosen(self, X)
        labels = KMeans(
            min(count, len(X)), n_init=self.n_init, random_state=self.random_state
        ).fit_predict(X)
        return self._settle(X, labels, selection)

    def _partitions(self, X: np.ndarray, counts: Sequence[int]) -> list[np.ndarray]:
        """Return rougher labels, made hundreds of times; SciPy's k-means starts at once."""
        random = np.random.default_rng(self.random_state or 0)
        return [
            min((_quick(X, count, random) for _ in range(_TRIES)), key=lambda each: within(X, each))
            for count in counts
        ]


def _quick(X: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a cluster that lost its last row
        labels: np.ndarray = kmeans2(X, count, iter=_ITERATIONS, minit="++", rng=random)[1]
    return labels
