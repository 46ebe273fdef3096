"""DBSCAN: clusters are dense regions, and what lies in none of them is noise."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.base import clone
from sklearn.cluster import DBSCAN
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.grouping.clusters import NOISE, Clusters

QUANTILES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97)
SAMPLE = 2000
"""Rows on which radii are compared by their silhouettes."""


def clustering(
    *,
    eps: PositiveFloat | Literal["auto"] = "auto",
    min_samples: PositiveInt | Literal["auto"] = "auto",
    most_noise: Annotated[float, Interval(ge=0, le=1)] = 0.5,
    most_in_one: Annotated[float, Interval(gt=0, le=1)] = 0.9,
    random_state: int,
) -> "DBSCANClusters":
    """Join rows that lie within `eps` of a row with `min_samples` such neighbours.

    `auto` takes twice as many neighbours as there are features, and as radius that quantile of the
    distances to the last of them whose clusters have the highest mean silhouette, where a row of
    noise counts 0. Radii are passed over that leave more than the share `most_noise` out, or put
    more than `most_in_one` into one cluster: a few outliers apart from all others are no partition,
    however high their silhouette.

    Source: Ester, Kriegel, Sander and Xu (1996), A density-based algorithm for discovering
    clusters; Schubert and others (2017), DBSCAN revisited, for the two settings.
    """
    return DBSCANClusters(
        eps=eps,
        min_samples=min_samples,
        most_noise=most_noise,
        most_in_one=most_in_one,
        random_state=random_state,
    )


class DBSCANClusters(Clusters):
    """Dense regions; a new row belongs to that of the nearest core row within the radius, or to none.

    Fitted: `eps_`, the radius; `least_`, the neighbours of a core row; `cores_` (n_cores, n_features) and `core_labels_`.
    """

    def __init__(
        self,
        *,
        eps: float | Literal["auto"] = "auto",
        min_samples: int | Literal["auto"] = "auto",
        most_noise: float = 0.5,
        most_in_one: float = 0.9,
        random_state: int | None = None,
    ):
        self.eps = eps
        self.min_samples = min_samples
        self.most_noise = most_noise
        self.most_in_one = most_in_one
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Find the dense regions of the rows `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        wanted = 2 * X.shape[1] if self.min_samples == "auto" else self.min_samples
        self.least_ = least = min(wanted, len(X))
        self.eps_, selection = (self.eps, {}) if self.eps != "auto" else self._radius(X, least)
        found = DBSCAN(eps=self.eps_, min_samples=least).fit(X)
        self._settle(X, found.labels_, selection)
        cores = found.core_sample_indices_ if len(found.core_sample_indices_) else np.arange(len(X))
        self.cores_, self.core_labels_ = X[cores], self.labels_[cores]
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the cluster of each row `(n_samples,)`; -1 where no core row is within the radius."""
        check_is_fitted(self, "cores_")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        distance, place = NearestNeighbors(n_neighbors=1).fit(self.cores_).kneighbors(X)
        labels: np.ndarray = self.core_labels_[place[:, 0]]
        return np.where(distance[:, 0] <= self.eps_, labels, NOISE)

    def again(self, X: np.ndarray) -> Self:
        """Fit a copy to other rows with this radius; fewer rows lie as many times thinner."""
        least = self.least_ * len(X) / len(self.labels_)
        settings = {"eps": self.eps_, "min_samples": max(2, round(least))}
        return clone(self).set_params(**settings).fit(X)

    def _radius(self, X: np.ndarray, least: int) -> tuple[float, dict[str, list[float]]]:
        """Return the radius, and for each that was tried what came of it."""
        distances = NearestNeighbors(n_neighbors=least).fit(X).kneighbors(X)[0][:, -1]
        radii = np.unique(np.quantile(distances, QUANTILES))
        radii = radii[radii > 0] if (radii > 0).any() else np.array([1.0])
        random = np.random.default_rng(self.random_state or 0)
        sample = np.sort(random.permutation(len(X))[:SAMPLE])
        rows = []
        for radius in radii:
            labels = DBSCAN(eps=radius, min_samples=least).fit_predict(X)
            noise = float((labels == NOISE).mean())
            sizes = np.bincount(labels[labels != NOISE]) / len(X)
            score = _silhouette(X[sample], labels[sample])
            largest = float(max(sizes, default=0.0))
            rows.append((float(radius), score, float(len(sizes)), noise, largest))
        names = ("radius", "silhouette", "clusters", "noise", "largest")
        columns = zip(*rows, strict=True)
        table = {name: list(values) for name, values in zip(names, columns, strict=True)}
        allowed = [
            row for row in rows if row[3] <= self.most_noise and row[4] <= self.most_in_one
        ] or rows[-1:]
        return max(allowed, key=lambda row: (row[1], row[0]))[0], table


def _silhouette(X: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean silhouette, where noise counts 0."""
    inside = labels != NOISE
    if len(np.unique(labels[inside])) < 2:
        return 0.0
    return float(silhouette_samples(X[inside], labels[inside]).sum() / len(X))
