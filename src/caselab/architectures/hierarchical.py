"""Hierarchical clustering: the nearest clusters are joined until as many are left as are wanted."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Interval
from pydantic import NonNegativeInt, PositiveInt
from scipy.cluster.hierarchy import cut_tree, linkage
from sklearn.utils.validation import validate_data

from caselab.grouping.cluster_counts import chosen
from caselab.grouping.clusters import Clusters
from caselab.params.search import OneOf


def clustering(
    *,
    n_clusters: PositiveInt | Literal["auto"] = "auto",
    linkage: Annotated[
        Literal["ward", "complete", "average", "single"], OneOf("ward", "complete", "average")
    ] = "ward",
    least: Annotated[int, Interval(ge=2)] = 2,
    most: Annotated[int, Interval(ge=2)] = 10,
    choose_by: Literal["silhouette", "gap"] = "silhouette",
    gap_references: NonNegativeInt = 10,
    most_rows: Annotated[int, Interval(ge=2)] = 3000,
    random_state: int,
) -> "HierarchicalClusters":
    """Join the clusters that are nearest by `linkage` until `n_clusters` are left.

    `auto` takes the number from `least` to `most` that has the highest mean silhouette, or with
    `choose_by: gap` the one that the gap statistic chooses; that is measured against
    `gap_references` uniform data sets.

    The tree is grown on at most `most_rows` rows, because it takes time and memory by their
    square. The other rows, and every row that is asked, belong to the cluster whose centre is
    nearest.

    Source: Ward (1963), Hierarchical grouping to optimize an objective function; Müllner (2011),
    Modern hierarchical, agglomerative clustering algorithms.
    """
    return HierarchicalClusters(
        n_clusters=n_clusters,
        linkage=linkage,
        least=least,
        most=most,
        choose_by=choose_by,
        gap_references=gap_references,
        most_rows=most_rows,
        random_state=random_state,
    )


class HierarchicalClusters(Clusters):
    """A tree of rows, cut; a new row belongs to the nearest centre of the tree's clusters."""

    def __init__(
        self,
        *,
        n_clusters: int | Literal["auto"] = "auto",
        linkage: Literal["ward", "complete", "average", "single"] = "ward",
        least: int = 2,
        most: int = 10,
        choose_by: Literal["silhouette", "gap"] = "silhouette",
        gap_references: int = 10,
        most_rows: int = 3000,
        random_state: int | None = None,
    ):
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.least = least
        self.most = most
        self.choose_by = choose_by
        self.gap_references = gap_references
        self.most_rows = most_rows
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Join the rows `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        seed = self.random_state or 0
        count, selection = chosen(self, X)
        joined = X
        if len(X) > self.most_rows:
            rows = np.random.default_rng(seed).choice(len(X), self.most_rows, replace=False)
            joined = X[np.sort(rows)]
        self._settle(joined, self._partitions(joined, [count])[0], selection)
        return self if joined is X else self._settle(X, self._nearest(X), selection)

    def _partitions(self, X: np.ndarray, counts: Sequence[int]) -> list[np.ndarray]:
        tree = linkage(X, self.linkage)
        return list(cut_tree(tree, [min(count, len(X)) for count in counts]).T)
