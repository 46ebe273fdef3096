"""Feature selection: by what columns are, tell of the target, or matter to a model."""

import warnings
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectorMixin,
    SelectPercentile,
    VarianceThreshold,
    chi2,
    f_classif,
    f_regression,
    mutual_info_classif,
    mutual_info_regression,
)
from sklearn.linear_model import LassoCV, LogisticRegression, Ridge
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.data.targets import SCORED, Target
from caselab.errors import UserError

Select = Literal[
    "none",
    "variance",
    "correlation",
    "chi2",
    "anova",
    "mutual_information",
    "recursive",
    "lasso",
    "trees",
]
UNASKED = ("variance", "correlation")
"""Those that look at no target."""
N_BINS = 10


def selector(
    select: Select,
    *,
    keep: float,
    min_variance: float,
    max_correlation: float,
    target: Target,
    random_state: int,
) -> Any:
    """Return what chooses columns, of floats `(n_samples, n_features)`.

    Filters look at one column at a time: `variance` drops those that vary no more than
    `min_variance`, `correlation` one of each two that are correlated above `max_correlation`;
    `chi2`, `anova` (F test) and `mutual_information` keep the share `keep` that tells most of the
    target. The wrapper `recursive` fits a ridge (or logistic) regression again and again without
    its weakest columns (Guyon et al., 2002). Embedded, `lasso` keeps what an L1 penalty leaves, and
    `trees` what is more important than the mean column to a forest.

    Raises:
        UserError: a target is asked for where it is neither classes nor numbers.
        ValueError: there is no such selector.
    """
    if select not in UNASKED and target not in SCORED:
        raise UserError(
            f"select: {select} needs a target of classes or numbers, and that of this kind of "
            f"problem is {target}; choose variance or correlation."
        )
    classes = target == "classes"
    if select == "variance":
        return VarianceThreshold(min_variance)
    if select == "correlation":
        return DropCorrelated(max_correlation)
    if select in {"chi2", "anova", "mutual_information"}:
        scores = {
            "chi2": chi2_of_classes if classes else chi2_of_numbers,
            "anova": anova_of_classes if classes else anova_of_numbers,
            "mutual_information": information_of_classes if classes else information_of_numbers,
        }
        return SelectPercentile(scores[select], percentile=100 * keep)
    if select == "recursive":
        model = LogisticRegression(C=0.1, max_iter=1000) if classes else Ridge()
        return RFE(model, n_features_to_select=keep, step=0.2)
    if select == "lasso":
        model = (
            LogisticRegression(l1_ratio=1.0, C=0.1, solver="liblinear", random_state=random_state)
            if classes
            else LassoCV(random_state=random_state)
        )
        return SelectFromModel(model)
    if select == "trees":
        trees = ExtraTreesClassifier if classes else ExtraTreesRegressor
        return SelectFromModel(trees(50, min_samples_leaf=5, random_state=random_state))
    raise ValueError(f"no selector is named {select!r}")


class DropCorrelated(SelectorMixin, BaseEstimator):
    """Drop each column that is correlated (Pearson, either sign) above a limit with one kept before.

    Attributes:
        support_: which columns are kept, `(n_features,)`.
    """

    def __init__(self, max_correlation: float = 0.95):
        self.max_correlation = max_correlation

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the columns to keep of `X` `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            size = np.abs(np.atleast_2d(np.corrcoef(X, rowvar=False)))
        kept: list[int] = []
        for j in range(X.shape[1]):  # a constant column's correlation is nan, which is not above
            if not (size[j, kept] > self.max_correlation).any():
                kept.append(j)
        self.support_ = np.isin(np.arange(X.shape[1]), kept)
        return self

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self)
        return self.support_


def anova_of_classes(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return F and p of each column and the classes; nan for a column that is constant."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", UserWarning)
        return f_classif(X, y)


def anova_of_numbers(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return F and p of each column's linear relation to the numbers; nan where it is constant."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", UserWarning)
        return f_regression(X, y, force_finite=False)


def chi2_of_classes(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return chi² and p of each column, shifted so that none is negative, as counts must be."""
    return chi2(X - X.min(axis=0), y)


def chi2_of_numbers(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return chi² and p of each column against the target's tenths."""
    edges = np.quantile(y, np.linspace(0, 1, N_BINS + 1)[1:-1])
    return chi2_of_classes(X, np.searchsorted(edges, y))


def information_of_classes(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mutual information of each column and the classes, in nats."""
    return mutual_info_classif(X, y, random_state=0)


def information_of_numbers(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mutual information of each column and the numbers, in nats."""
    return mutual_info_regression(X, y, random_state=0)
