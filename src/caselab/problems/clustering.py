"""Which rows are alike: the kind `clustering`, without a target.

Answers hold the row's `cluster` (0 is the largest of training; -1 is noise), the `segment` and the
`strategy` that the cluster's numbers suggest, the row's `silhouette`, and its squared distances to
the cluster's centre and to the mean of training, in the pipeline's feature space. All of them are
told against the training rows, so a row's answer is the same alone and among others. The estimator
is a `grouping.clusters.Clusters`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.errors import UserError
from caselab.evaluation import segments
from caselab.evaluation.metrics.clustering import METRICS
from caselab.problems import Problem
from caselab.storage.rows import Inputs

LEAST_ROWS = 10


@dataclass(frozen=True)
class Settings:
    """What `evaluation` of such a case may say; params.yaml is checked against the types."""

    maps: tuple[Literal["pca", "tsne", "umap"], ...] = ("pca", "tsne", "umap")


def check(parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return nothing to report: there is no target.

    Raises:
        UserError: training has too few rows for clusters.
    """
    rows = int(parts["train"].sum())
    if rows < LEAST_ROWS:
        raise UserError(
            f"Only {rows} rows are left to find clusters in; at least {LEAST_ROWS} are needed, so "
            "add rows."
        )
    return {}


def answer(estimator: BaseEstimator, X: Inputs) -> pd.DataFrame:
    """Return cluster, segment, strategy, silhouette and squared distances of each row."""
    model, Z = estimator[-1], np.asarray(estimator[:-1].transform(X), dtype=np.float64)
    labels = model.predict(Z)
    to_centre, to_mean = model.spread(Z, labels)
    told = segments.describe(estimator).loc[labels]
    return pd.DataFrame(
        {
            "cluster": labels,
            "segment": told["segment"].to_numpy(),
            "strategy": told["strategy"].to_numpy(),
            "silhouette": model.silhouette(Z, labels),
            "squared_distance": to_centre,
            "squared_distance_to_mean": to_mean,
        }
    )


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the segment of each row."""
    return answers["segment"]


problem = Problem(
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    plots=(
        "segments.segments",
        "segments.silhouettes",
        "segments.k_selection",
        "segments.stability",
        "maps.pca",
        "maps.tsne",
        "maps.umap",
        "learning.learning_curve",
    ),
)
