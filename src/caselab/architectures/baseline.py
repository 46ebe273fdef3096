"""Baseline: the answer that looks at no feature. Whatever learns must beat it."""

from typing import Any, Self

import numpy as np
from pydantic import PositiveInt
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.utils.validation import validate_data

from caselab.grouping.clusters import Clusters
from caselab.grouping.topics import FrequentTerms


def classification() -> DummyClassifier:
    """Answer every row with the shares of the classes in training.

    Source: scikit-learn user guide, "Dummy estimators" (the strategy `prior`).
    """
    return DummyClassifier(strategy="prior")


def regression() -> DummyRegressor:
    """Answer every row with the mean of training.

    Source: scikit-learn user guide, "Dummy estimators" (the strategy `mean`).
    """
    return DummyRegressor(strategy="mean")


def clustering() -> "OneCluster":
    """Put every row into one cluster, whose silhouette is 0.

    Source: Rousseeuw (1987), Silhouettes, which are not defined for one cluster and set to 0.
    """
    return OneCluster()


def topics(*, n_topics: PositiveInt = 20) -> FrequentTerms:
    """Deal the most frequent terms out to `n_topics` topics, whose words meet by chance alone.

    Source: Chang and others (2009), Reading tea leaves: how humans interpret topic models, NIPS, on
    topics whose words have nothing in common.
    """
    return FrequentTerms(n_topics)


class OneCluster(Clusters):
    """All rows are alike."""

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Take in the rows `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64)
        return self._settle(X, np.zeros(len(X), dtype=int))
