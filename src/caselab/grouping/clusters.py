"""Clustering: labels that repeat, silhouettes and answers for new rows, for all its architectures.

An architecture's estimator fits labels to the rows and hands them to `_settle`. Labels are numbered
from the largest cluster down; -1 is a row that belongs to none. How well a row lies in its cluster
is told against a sample of the training rows, so that the answer for a row does not depend on which
other rows are asked.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.metrics import pairwise_distances
from sklearn.utils.validation import check_is_fitted, validate_data

NOISE = -1
REFERENCE = 2000
"""Training rows that are kept to compare asked rows with."""

_ROWS_AT_ONCE = 2000


class Clusters(ClusterMixin, BaseEstimator):
    """An estimator that has settled which training row lies in which cluster.

    Fitted: `labels_` (n_samples,); `centers_` (n_clusters, n_features), means; `shares_`
    (n_clusters,), of the training rows; `levels_` (n_clusters, n_features), the share of training
    rows below the cluster's median; `mean_` (n_features,); `selection_`, how the number of clusters
    was chosen, columns by name, or empty.
    """

    labels_: np.ndarray
    centers_: np.ndarray
    shares_: np.ndarray
    levels_: np.ndarray
    mean_: np.ndarray
    reference_: np.ndarray
    reference_labels_: np.ndarray
    selection_: dict[str, list[float]]

    @property
    def n_clusters_(self) -> int:
        """How many clusters there are, without what belongs to none."""
        return len(self.centers_)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the cluster of each row `(n_samples,)`: the one whose centre is nearest."""
        check_is_fitted(self, "centers_")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return self._nearest(X)

    def again(self, X: np.ndarray) -> Self:
        """Fit a copy to other rows with the settings that this fit chose."""
        wanted = {"n_clusters": self.n_clusters_, "n_init": 2}
        known = self.get_params()
        settings = {name: value for name, value in wanted.items() if name in known}
        return clone(self).set_params(**settings).fit(X)

    def silhouette(self, X: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return how much nearer each row is to the training rows of its own cluster than to others'.

        From -1 to 1: (b - a) / max(a, b), with a the mean distance to the reference rows of its
        own cluster and b the least mean distance to those of another. 0 where it belongs to no
        cluster, and where there is one cluster only.

        Source: Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation
        of cluster analysis.
        """
        X = validate_data(self, X, reset=False, dtype=np.float64)
        found = np.zeros(len(X))
        if self.n_clusters_ < 2:
            return found
        members = np.eye(self.n_clusters_)[self.reference_labels_]  # (n_reference, n_clusters)
        members /= members.sum(axis=0)
        for start in range(0, len(X), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            inside = np.flatnonzero(labels[part] != NOISE)
            own = labels[part][inside]
            away = pairwise_distances(X[part][inside], self.reference_) @ members
            at = np.arange(len(inside))
            a = away[at, own]
            away[at, own] = np.inf
            b = away.min(axis=1)
            greater = np.maximum(a, b)
            found[start + inside] = np.divide(
                b - a, greater, out=np.zeros_like(a), where=greater > 0
            )
        return found

    def spread(self, X: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return each row's squared distance to its cluster's centre, and to the mean of training.

        A row of no cluster is as far from its centre as from the mean: nothing explains it.
        """
        X = validate_data(self, X, reset=False, dtype=np.float64)
        away = ((X - self.mean_) ** 2).sum(axis=1)
        centers = np.vstack([self.centers_, self.mean_])  # -1 is the last
        return ((X - centers[labels]) ** 2).sum(axis=1), away

    def _settle(
        self,
        X: np.ndarray,
        labels: np.ndarray,
        selection: Mapping[str, Any] | None = None,
    ) -> Self:
        """Give the clusters their numbers, and keep what answers need of the training rows."""
        self.labels_ = by_size(X, labels)
        count = int(self.labels_.max(initial=NOISE)) + 1
        if count == 0:  # all of it is noise: then it is one cluster, told as such
            self.labels_, count = np.zeros(len(X), dtype=int), 1
        members = [self.labels_ == number for number in range(count)]
        self.centers_ = np.stack([X[rows].mean(axis=0) for rows in members])
        self.shares_ = np.array([rows.mean() for rows in members])
        self.levels_ = np.stack([levels(X, np.median(X[rows], axis=0)) for rows in members])
        self.mean_ = X.mean(axis=0)
        self.selection_ = {} if selection is None else dict(selection)
        kept = self._sample()
        self.reference_, self.reference_labels_ = X[kept], self.labels_[kept]
        return self

    def _sample(self) -> np.ndarray:
        """Return positions of at most REFERENCE training rows; every cluster has its share, or 20."""
        kept = []
        for number in range(self.n_clusters_):
            rows = np.flatnonzero(self.labels_ == number)
            size = max(20, round(REFERENCE * len(rows) / len(self.labels_)))
            if len(rows) > size and len(self.labels_) > REFERENCE:
                rows = np.random.default_rng([number, len(rows)]).choice(rows, size, replace=False)
            kept.append(rows)
        return np.sort(np.concatenate(kept))

    def _nearest(self, X: np.ndarray) -> np.ndarray:
        nearest: np.ndarray = pairwise_distances(X, self.centers_).argmin(axis=1)
        return nearest


def by_size(X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return labels renumbered from the largest cluster down, equal sizes by their centres.

    So the same partition always has the same labels. Noise stays -1.
    """
    known = np.unique(labels[labels != NOISE])
    order = sorted(
        known, key=lambda each: (-(labels == each).sum(), *X[labels == each].mean(axis=0))
    )
    numbered = np.full(len(labels), NOISE)
    for number, each in enumerate(order):
        numbered[labels == each] = number
    return numbered


def levels(X: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the share of rows below a value in each column, equal ones counting half."""
    return ((values > X) + 0.5 * (values == X)).mean(axis=0)
