"""Baseline: the answer that looks at no feature. Whatever learns must beat it."""

from typing import Any, Self

import numpy as np
from pydantic import PositiveInt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.utils.validation import validate_data

from caselab.grouping.clusters import Clusters
from caselab.grouping.detectors import Detector
from caselab.grouping.topics import FrequentTerms
from caselab.reconstruction.compressors import Compressor
from caselab.reconstruction.restorers import Restorer
from caselab.sequences.frequent_tags import FrequentTags


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


def compression() -> Compressor:
    """Give every row by one number that says nothing, and back the mean of training.

    Source: Pearson (1901), On lines and planes of closest fit to systems of points in space; the
    point.
    """
    return Compressor(MeanRow())


def tagging() -> FrequentTags:
    """Give each word the tag that it has most often in training, wherever it stands.

    Source: Bird, Klein and Loper (2009), Natural language processing with Python, section 5.4.
    """
    return FrequentTags()


def restoration() -> Restorer:
    """Give noisy pictures back as they are: what is to be better than that is measured so.

    Source: Gonzalez and Woods (2018), Digital image processing, 5.3, on what noise costs.
    """
    return Restorer(AsItIs())


def anomalies(*, random_state: int) -> Detector:
    """Find every row as ordinary as any other.

    Source: Fawcett (2006), An introduction to ROC analysis, on what ranks rows by chance.
    """
    return Detector(AllOrdinary(), random_state)


class AllOrdinary(BaseEstimator):
    """All rows score 0."""

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Learn nothing of the rows `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Return 0 for each row, `(n_samples,)`."""
        return np.zeros(len(X))


class OneCluster(Clusters):
    """All rows are alike."""

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Take in the rows `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64)
        return self._settle(X, np.zeros(len(X), dtype=int))


class MeanRow(TransformerMixin, BaseEstimator):
    """Every row has the code 0, which stands for the mean of all."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Take the mean of rows `(n_samples, ...)`."""
        self.mean_ = np.zeros(X.shape[1:])
        for start in range(0, len(X), 4096):  # rows may lie on disk
            self.mean_ += X[start : start + 4096].astype(np.float64).sum(axis=0) / len(X)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return zeros `(n_samples, 1)`."""
        return np.zeros((len(X), 1))

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """Return the mean for each code."""
        return np.repeat(self.mean_[np.newaxis], len(Z), axis=0)


class AsItIs(TransformerMixin, BaseEstimator):
    """A picture stands for itself."""

    def fit(self, X: Any, y: Any = None, *, clean: Any = None) -> Self:
        """Learn nothing."""
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the pictures."""
        return np.asarray(X)

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """Return the pictures."""
        return Z
