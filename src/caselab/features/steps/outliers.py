"""Outliers: found by quartiles or by deviations, then clipped or removed."""

from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.errors import UserError
from caselab.learning import sessions

Rule = Literal["iqr", "z_score"]
LIMITS = {"iqr": 1.5, "z_score": 3.0}
"""How far from the others is too far: Tukey's (1977) fences, and three standard deviations."""
MOST_REMOVED = 0.5
"""Share of the rows; a rule that calls most rows outliers is not meant."""


class ClipOutliers(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Move what lies beyond the bounds of training to the bound; gaps stay gaps.

    Args:
        rule: `iqr` counts `limit` interquartile ranges from the quartiles, `z_score` so many
            standard deviations from the mean.
        limit: by default that of `LIMITS`.

    Attributes:
        low_, high_: of each column, `(n_features,)`.
    """

    def __init__(self, rule: Rule = "iqr", limit: float | None = None):
        self.rule = rule
        self.limit = limit

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the bounds of each column of `X` `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        self.low_, self.high_ = bounds(X, self.rule, self.limit)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the values within the bounds, `(n_samples, n_features)`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.clip(X, self.low_, self.high_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def without_outliers(
    X: pd.DataFrame, y: Any, *, rule: Rule = "iqr", limit: float | None = None
) -> tuple[pd.DataFrame, Any]:
    """Return the rows of which no number lies beyond its column's bounds.

    For imblearn's `FunctionSampler`: it acts on the rows of a fit, and never on rows asked. Gaps,
    categories and columns of two values are nobody's outliers.

    Raises:
        UserError: more than half of the rows would go.
    """
    numbers = [name for name in X if is_numeric_dtype(X[name]) and not is_bool_dtype(X[name])]
    values = X[numbers].to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.where(np.isinf(values), np.nan, values)
    low, high = bounds(values, rule, limit)
    beyond = (values < low) | (values > high)  # (n_samples, n_numbers)
    kept = ~beyond.any(axis=1)
    if kept.mean() < 1 - MOST_REMOVED:
        worst = int(beyond.sum(axis=0).argmax())
        raise UserError(
            f"outliers: remove_{rule} would remove {(~kept).sum():,} of {len(X):,} rows, "
            f"{beyond[:, worst].sum():,} of them for the column {numbers[worst]!r} alone; raise "
            "`outlier_limit`, or clip."
        )
    rows = np.flatnonzero(kept)
    sessions.keep_rows(rows)
    return X.iloc[rows], y.iloc[rows] if isinstance(y, pd.Series) else np.asarray(y)[rows]


def bounds(X: np.ndarray, rule: Rule, limit: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest value of each column that is no outlier, `(n_features,)`.

    A column without a spread of its own (two values or fewer; half of the rows alike, where
    quartiles are counted) has no bounds.

    Raises:
        ValueError: there is no such rule.
    """
    if rule not in LIMITS:
        raise ValueError(f"no rule for outliers is named {rule!r}; known: {', '.join(LIMITS)}")
    limit = LIMITS[rule] if limit is None else limit
    frame = pd.DataFrame(X)
    if rule == "iqr":
        first, third = frame.quantile(0.25).to_numpy(), frame.quantile(0.75).to_numpy()
        spread = third - first
        low, high = first - limit * spread, third + limit * spread
    else:
        centre, spread = frame.mean().to_numpy(), frame.std(ddof=0).to_numpy()
        low, high = centre - limit * spread, centre + limit * spread
    free = ~(spread > 0) | (frame.nunique().to_numpy() <= 2)
    return np.where(free, -np.inf, low), np.where(free, np.inf, high)


def signed_log(X: Any) -> Any:
    """Return the logarithm of one plus the size, with the sign: it draws in long tails."""
    return np.sign(X) * np.log1p(np.abs(X))
