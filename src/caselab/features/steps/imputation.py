"""Imputation: gaps are filled, and columns that are mostly gaps dropped."""

from typing import Any, Literal, Self, get_args

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  unlocks the import below
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.utils import Tags
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from caselab.errors import UserError

Fill = Literal["mean", "median", "mode", "constant", "iterative", "neighbors"]
STRATEGIES = {
    "mean": "mean",
    "median": "median",
    "mode": "most_frequent",
    "constant": "constant",
}
"""Our words in scikit-learn's."""


def imputer(
    fill: Fill, *, fill_value: float = 0.0, indicator: bool = False, random_state: int = 0
) -> BaseEstimator:
    """Return what fills gaps of numbers; a column without any number is filled with 0.

    `iterative` predicts each column from the others by Bayesian ridge regression, round by round
    (van Buuren and Groothuis-Oudshoorn, 2011, MICE); `neighbors` takes the mean of the five rows
    that are nearest in what they do have (Troyanskaya et al., 2001).

    Raises:
        ValueError: there is no such way to fill.
    """
    further: dict[str, Any] = {"add_indicator": indicator, "keep_empty_features": True}
    if fill in STRATEGIES:
        value = fill_value if fill == "constant" else None
        return SimpleImputer(strategy=STRATEGIES[fill], fill_value=value, **further)
    if fill == "iterative":
        return IterativeImputer(random_state=random_state, **further)
    if fill == "neighbors":
        return NeighborImputer(**further)
    raise ValueError(f"no way to fill a gap is named {fill!r}; known: {', '.join(get_args(Fill))}")


class NeighborImputer(KNNImputer):
    """scikit-learn's, which keeps an empty column and forgets its name (1.9)."""

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the columns' names, then those of the indicators."""
        names = _check_feature_names_in(self, input_features)
        return self._concatenate_indicator_feature_names_out(names, input_features)


class DropMissing(SelectorMixin, BaseEstimator):
    """Drop the columns of which more than `most_missing` (a share) was missing in training.

    Rows cannot be dropped by a step of a pipeline: each row asked needs an answer. Drop those in
    the case's `clean`, where they are counted.

    Attributes:
        missing_: the share of gaps of each column, `(n_features,)`.
    """

    def __init__(self, most_missing: float = 0.5):
        self.most_missing = most_missing

    def fit(self, X: Any, y: Any = None) -> Self:
        """Count the gaps of each column of `X` `(n_samples, n_features)`, of any types.

        Raises:
            UserError: no column would be left.
        """
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, skip_check_array=True)
        else:
            X = validate_data(self, X, dtype=None, ensure_all_finite="allow-nan")
        self.missing_ = pd.DataFrame(X).isna().mean().to_numpy()
        if (self.missing_ > self.most_missing).all():
            raise UserError(
                f"drop_missing: each of the {len(self.missing_)} columns misses more than "
                f"{self.most_missing:.0%} of its values; raise the share."
            )
        return self

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self)
        kept: np.ndarray = self.missing_ <= self.most_missing
        return kept

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags
