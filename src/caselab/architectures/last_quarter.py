"""Naive forecast: the next quarter is like the last. Planners who have no model assume as much."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted


def regression(*, column: str = "spend_90") -> "LastQuarter":
    """Answer with the value of a column: what was spent in the 90 days before.

    Source: Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, 5.2, the naive
    method.
    """
    return LastQuarter(column=column)


class LastQuarter(RegressorMixin, BaseEstimator):
    """The naive forecast. Learns nothing; X is a table that has the column."""

    def __init__(self, *, column: str = "spend_90"):
        self.column = column

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Note the columns, of which one must be ours.

        Raises:
            ValueError: it is not there.
        """
        if self.column not in X:
            raise ValueError(f"the table has no column {self.column!r}; it has {list(X)}")
        self.feature_names_in_ = np.array(list(X), dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the column, `(n_samples,)`."""
        check_is_fitted(self, "n_features_in_")
        return X[self.column].to_numpy(dtype=np.float64)
