"""Linear regression on products of the columns that tell most."""

from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Interval
from pydantic import PositiveInt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import f_regression
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.params.search import Between, OneOf

ALPHAS = np.logspace(-2, 4, 25)


def regression(
    *,
    degree: Annotated[int, Interval(ge=2, le=4), OneOf(2, 3)] = 2,
    n_columns: Annotated[PositiveInt, Between(4, 24)] = 12,
    interactions: Annotated[bool, OneOf(False, True)] = False,
) -> Pipeline:
    """Fit all columns, and up to `degree` the products of the `n_columns` best correlated with the target.

    With `interactions` only products of different columns. The coefficients have an L2 penalty,
    the best of leaving each row out: there are many, and they depend on each other.

    Source: Gergonne (1815), The application of the method of least squares to the interpolation of
    sequences; James, Witten, Hastie and Tibshirani (2013), An Introduction to Statistical Learning,
    chapter 7.
    """
    return Pipeline(
        [
            ("products", StrongestProducts(degree, n_columns, interactions)),
            ("scale", StandardScaler()),
            ("ridge", RidgeCV(ALPHAS)),
        ]
    )


class StrongestProducts(TransformerMixin, BaseEstimator):
    """Add products of the columns that are best correlated with the target, in either direction.

    Attributes:
        strongest_: their positions, in ascending order, `(n_columns,)` or as many as there are.
        products_: the fitted `PolynomialFeatures` of them.
    """

    def __init__(self, degree: int = 2, n_columns: int = 12, interactions: bool = False):
        self.degree = degree
        self.n_columns = n_columns
        self.interactions = interactions

    def fit(self, X: Any, y: Any) -> Self:
        """Choose the columns of `X` `(n_samples, n_features)` by the F test."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            tells = np.nan_to_num(f_regression(X, y, force_finite=False)[0], posinf=np.inf)
        self.strongest_ = np.sort(np.argsort(-tells, kind="stable")[: self.n_columns])
        self.products_ = PolynomialFeatures(
            self.degree, interaction_only=self.interactions, include_bias=False
        ).fit(X[:, self.strongest_])
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return all columns, then the products `(n_samples, n_features + n_products)`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        products = self.products_.transform(X[:, self.strongest_])
        return np.hstack([X, products[:, len(self.strongest_) :]])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
