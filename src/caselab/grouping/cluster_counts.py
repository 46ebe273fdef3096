"""Number of clusters: by silhouette, and by the gap statistic."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from sklearn.metrics import silhouette_score

Partition = Callable[[np.ndarray, Sequence[int]], list[np.ndarray]]
"""Given rows `(n_samples, n_features)` and some numbers of clusters, the labels for each number."""

SAMPLE = 1000
"""Rows on which numbers are compared; both measures grow with the square of the rows."""


def chosen(model: Any, X: np.ndarray) -> tuple[int, dict[str, list[float]]]:
    """Return a model's `n_clusters`, and where that is `auto` what spoke for each number."""
    if model.n_clusters != "auto":
        return int(model.n_clusters), {}
    return choose(
        model._partitions,
        X,
        (model.least, model.most),
        model.choose_by,
        model.gap_references,
        model.random_state or 0,
    )


def choose(
    partition: Partition,
    X: np.ndarray,
    counts: tuple[int, int],
    by: Literal["silhouette", "gap"],
    references: int,
    seed: int,
) -> tuple[int, dict[str, list[float]]]:
    """Return the number of clusters from `counts` (least, most), and what spoke for each number.

    By silhouette it is the number of the highest mean; by gap the smallest whose gap is not below
    the next one's by more than that one's error, the greatest where there is none.

    Args:
        partition: makes labels for a number of clusters.
        X: (n_samples, n_features).
        counts: least and most.
        by: what decides; both are told.
        references: uniform data sets that the gap is measured against; 0 leaves it out.
        seed: of the sample and the references.

    Source: Rousseeuw (1987), Silhouettes; Tibshirani, Walther and Hastie (2001), Estimating the
    number of clusters in a data set via the gap statistic.
    """
    random = np.random.default_rng(seed)
    if len(X) > SAMPLE:
        X = X[np.sort(random.choice(len(X), SAMPLE, replace=False))]
    most = min(counts[1], len(np.unique(X, axis=0)) - 1)
    numbers = list(range(min(counts[0], most), most + 1))
    if len(numbers) == 0 or most < 2:
        return 1, {}
    labels = partition(X, numbers)
    silhouettes = [
        float(silhouette_score(X, each)) if len(np.unique(each)) > 1 else 0.0 for each in labels
    ]
    found = {"clusters": [float(number) for number in numbers], "silhouette": silhouettes}
    if references:
        found |= _gaps(partition, X, numbers, labels, references, random)
    if by == "silhouette" or not references:
        return numbers[int(np.argmax(silhouettes))], found
    gap, error = found["gap"], found["gap_error"]
    enough = [gap[i] >= gap[i + 1] - error[i + 1] for i in range(len(numbers) - 1)]
    return numbers[enough.index(True) if True in enough else -1], found


def within(X: np.ndarray, labels: np.ndarray) -> float:
    """Return the sum of squared distances of rows to the mean of their cluster."""
    parts = (X[labels == each] for each in np.unique(labels))
    return float(sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts))


def _gaps(
    partition: Partition,
    X: np.ndarray,
    numbers: list[int],
    labels: list[np.ndarray],
    references: int,
    random: np.random.Generator,
) -> dict[str, list[float]]:
    """Return for each number how much tighter the clusters are than those of uniform data."""
    mean = X.mean(axis=0)
    _, _, axes = np.linalg.svd(X - mean, full_matrices=False)
    turned = (X - mean) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    logs = np.empty((references, len(numbers)))
    for row in logs:
        uniform = random.uniform(low, high, size=turned.shape) @ axes
        row[:] = [np.log(within(uniform, each)) for each in partition(uniform, numbers)]
    seen = np.array([np.log(within(X, each)) for each in labels])
    return {
        "gap": (logs.mean(axis=0) - seen).tolist(),
        "gap_error": (logs.std(axis=0) * np.sqrt(1 + 1 / references)).tolist(),
    }
