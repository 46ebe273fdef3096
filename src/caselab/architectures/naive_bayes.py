"""Naive Bayes on a table of mixed kinds: columns of two values by Bernoulli, all others by Gauss."""

from typing import Annotated, Self

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.params.search import Between


def classification(
    *,
    alpha: Annotated[PositiveFloat, Between(0.01, 10.0, log=True)] = 1.0,
    var_smoothing: Annotated[NonNegativeFloat, Between(1e-12, 1.0, log=True)] = 1e-9,
) -> "MixedNB":
    """Multiply the likelihoods of all columns as if they were independent given the class.

    Source: John and Langley (1995), Estimating continuous distributions in Bayesian classifiers.
    """
    return MixedNB(alpha=alpha, var_smoothing=var_smoothing)


class MixedNB(ClassifierMixin, BaseEstimator):
    """Bernoulli where training saw two values of a column (an encoded category), Gauss elsewhere.

    `alpha` is added to the counts of the Bernoulli columns; `var_smoothing`, a share of the largest
    variance, to the variances of the Gaussian ones. A column of one value tells nothing.
    """

    def __init__(self, *, alpha: float = 1.0, var_smoothing: float = 1e-9):
        self.alpha = alpha
        self.var_smoothing = var_smoothing

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Estimate each column's likelihood in each class; `X` is `(n_samples, n_features)`."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        low, high = X.min(axis=0), X.max(axis=0)
        two_valued = ((low == X) | (high == X)).all(axis=0)
        self.is_binary_ = two_valued & (low < high)
        self.is_continuous_ = ~two_valued
        self.middle_ = low / 2 + high / 2

        of_class = [X[labels == label] for label in range(len(self.classes_))]
        self.class_log_prior_ = np.log([len(rows) / len(X) for rows in of_class])
        # all below: (n_classes, n_columns of the kind)
        binary = [rows[:, self.is_binary_] > self.middle_[self.is_binary_] for rows in of_class]
        self.share_ = np.array(
            [(rows.sum(axis=0) + self.alpha) / (len(rows) + 2 * self.alpha) for rows in binary]
        )
        continuous = [rows[:, self.is_continuous_] for rows in of_class]
        self.mean_ = np.array([rows.mean(axis=0) for rows in continuous])
        smoothing = self.var_smoothing * X[:, self.is_continuous_].var(axis=0).max(initial=0)
        self.variance_ = np.array([rows.var(axis=0) for rows in continuous]) + smoothing
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities `(n_samples, n_classes)`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        binary = X[:, self.is_binary_] > self.middle_[self.is_binary_]
        continuous = X[:, self.is_continuous_]
        joint = np.array(
            [
                prior
                + binary @ np.log(share)
                + ~binary @ np.log1p(-share)
                - ((continuous - mean) ** 2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)
                / 2
                for prior, share, mean, variance in zip(
                    self.class_log_prior_, self.share_, self.mean_, self.variance_, strict=True
                )
            ]
        )  # (n_classes, n_samples)
        return softmax(joint.T, axis=1)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the likelier class of each row."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]
