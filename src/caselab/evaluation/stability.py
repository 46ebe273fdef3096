"""Cluster stability: whether clusters are found again in other rows of the same kind."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

N_RESAMPLES = 20
MOST_ROWS = 1500
"""Rows that are resampled; a fit of some models takes time by their square."""


@dataclass(frozen=True)
class Stability:
    """How the clusters of resamples agree with the clusters of all rows."""

    agreement: np.ndarray  # (n_resamples,), adjusted Rand index
    jaccard: np.ndarray  # (n_resamples, n_clusters), likeness of the most like cluster


def stability(model: Any, X: np.ndarray, seed: int, n_resamples: int = N_RESAMPLES) -> Stability:
    """Fit the model again on bootstrap resamples of rows, and compare labels of all of them.

    A cluster whose mean Jaccard index is 0.75 or more is stable, one below 0.6 is not to be
    trusted, one below 0.5 dissolves.

    Args:
        model: a fitted `grouping.clusters.Clusters`; refits keep the number of clusters it chose.
        X: (n_samples, n_features), rows in its feature space.
        seed: of the resamples.
        n_resamples: how many.

    Source: Hubert and Arabie (1985), Comparing partitions; Hennig (2007), Cluster-wise assessment
    of cluster stability.
    """
    random = np.random.default_rng(seed)
    if len(X) > MOST_ROWS:
        X = X[np.sort(random.choice(len(X), MOST_ROWS, replace=False))]
    labels = model.predict(X)
    agreement, jaccard = [], []
    for _ in range(n_resamples):
        drawn = np.sort(random.integers(len(X), size=len(X)))
        found = model.again(X[drawn]).predict(X)
        agreement.append(adjusted_rand_score(labels, found))
        jaccard.append([_likeness(labels == each, found) for each in range(model.n_clusters_)])
    return Stability(np.array(agreement), np.array(jaccard))


def _likeness(cluster: np.ndarray, found: np.ndarray) -> float:
    """Return the Jaccard index of a cluster (a mask) and the found one that is most like it."""
    if not cluster.any():
        return float("nan")
    others = (found == each for each in np.unique(found[found >= 0]))
    return max(((cluster & other).sum() / (cluster | other).sum() for other in others), default=0.0)
