"""Metrics of clusters, from answers that tell each row's cluster, silhouette and distances.

A row's silhouette and distances are told against the training rows, whatever other rows are asked;
so a resample of rows weighs them, and need not find clusters again. Calinski-Harabasz and
Davies-Bouldin are left out: both are made of the asked rows' own centres, which move with weights,
and say little beside the silhouette and the share explained.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, mean, ratio

NOISE = -1


def silhouette(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the mean silhouette; noise, and all rows where there is one cluster, count 0."""
    return mean(answers["silhouette"].to_numpy(), weights)


def explained(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the share of the squared distance to the mean that rows lose by their cluster's centre."""
    within = mean(answers["squared_distance"].to_numpy(), weights)
    total = mean(answers["squared_distance_to_mean"].to_numpy(), weights)
    left = ratio(np.asarray(within), np.asarray(total))
    return 1 - left if np.ndim(left) else float(1 - left)


def largest(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the share of the rows that the largest cluster holds; noise is none."""
    return _over_clusters(answers, weights, lambda shares: shares.max(axis=0))


def clusters(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return how many clusters the rows fall into."""
    return _over_clusters(answers, weights, lambda shares: (shares > 0).sum(axis=0))


def noise(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the share of the rows that belong to no cluster."""
    return mean(answers["cluster"].to_numpy() == NOISE, weights)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("silhouette", "Silhouette", True, silhouette, (-1.0, 1.0)),
        Metric("explained", "Explained share of variance", True, explained, (float("-inf"), 1.0)),
        Metric("clusters", "Clusters", True, clusters, (0.0, float("inf"))),
        Metric("largest", "Share of the largest cluster", False, largest),
        Metric("noise", "Share of noise", False, noise),
    )
}


def _over_clusters(
    answers: pd.DataFrame, weights: np.ndarray | None, of: Callable[[np.ndarray], np.ndarray]
) -> Any:
    """Return what `of` makes of the clusters' shares (n_clusters, ...); 0 where all is noise."""
    cluster = answers["cluster"].to_numpy()
    shares = [mean(cluster == each, weights) for each in np.unique(cluster[cluster != NOISE])]
    if not shares:
        return 0.0 if weights is None or weights.ndim == 1 else np.zeros(len(weights))
    found = np.asarray(of(np.asarray(shares)), dtype=float)
    return found if found.ndim else float(found)
