"""Encoders: categories as numbers."""

from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder
from sklearn.utils import Tags
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from caselab.data.targets import SCORED, Target
from caselab.errors import UserError

Encode = Literal["one_hot", "ordinal", "target", "frequency", "hashing"]


def encoder(
    encode: Encode, *, max_categories: int, hash_columns: int, target: Target, random_state: int = 0
) -> BaseEstimator:
    """Return what turns text `(n_samples, n_columns)` with gaps into numbers.

    `target` gives a category the mean target of its rows (each class's share), shrunk towards the
    mean of all; training rows get the mean of other rows, so that none sees its own target
    (Micci-Barreca, 2001; scikit-learn, "Target Encoder"). `frequency` gives it its share of the
    training rows. `hashing` spreads all columns' values over `hash_columns` columns, whatever
    values come (Weinberger et al., 2009).

    Raises:
        UserError: targets are asked for where they are neither classes nor numbers.
        ValueError: there is no such encoder.
    """
    if encode == "one_hot":
        return OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
            max_categories=max_categories,
        )
    if encode == "ordinal":
        return OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=-1,
            encoded_missing_value=-1,
            max_categories=max_categories,
        )
    if encode == "target":
        if target not in SCORED:
            raise UserError(
                "encode: target needs a target of classes or numbers, and that of this kind of "
                f"problem is {target}; choose another encoding."
            )
        kind = "continuous" if target == "numbers" else "auto"
        return TargetEncoder(target_type=kind, random_state=random_state)
    if encode == "frequency":
        return FrequencyEncoder()
    if encode == "hashing":
        return HashingEncoder(hash_columns)
    raise ValueError(f"no encoder is named {encode!r}")


class FrequencyEncoder(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Give each value the share of training rows that had it; a value never seen gets 0.

    A gap is a value of its own.

    Attributes:
        values_: of each column, the distinct values of training in order, a gap last.
        shares_: of each column, the share of rows with each of `values_`.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Count the values of each column of `X` `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=None, ensure_all_finite="allow-nan")
        counts = [pd.Series(column).value_counts(dropna=False).sort_index() for column in X.T]
        self.values_ = [count.index.to_numpy() for count in counts]
        self.shares_ = [count.to_numpy() / len(X) for count in counts]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the share of each value, `(n_samples, n_features)`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=None, ensure_all_finite="allow-nan", reset=False)
        shares = np.zeros(X.shape)
        for j, (values, known) in enumerate(zip(self.values_, self.shares_, strict=True)):
            place = pd.Index(values).get_indexer(pd.Index(X[:, j]))
            shares[:, j] = np.where(place >= 0, known[place], 0.0)
        return shares

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


class HashingEncoder(TransformerMixin, BaseEstimator):
    """Count each row's values, named with their columns, in `n_columns` columns by their hash.

    Half of the values count negative, so that two which share a column do not add up in the mean.
    """

    def __init__(self, n_columns: int = 32):
        self.n_columns = n_columns

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the number of columns, and nothing of the values."""
        validate_data(self, X, dtype=None, ensure_all_finite="allow-nan")
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return counts `(n_samples, n_columns)`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=None, ensure_all_finite="allow-nan", reset=False)
        gaps = pd.isna(X)
        names = [f"{j}={{}}" for j in range(X.shape[1])]
        rows = (
            [
                name.format("" if gap else value)
                for name, value, gap in zip(names, values, row_gaps, strict=True)
            ]
            for values, row_gaps in zip(X, gaps, strict=True)
        )
        hasher = FeatureHasher(self.n_columns, input_type="string")
        return hasher.transform(rows).toarray()

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return `hash_0`, `hash_1` and so on."""
        _check_feature_names_in(self, input_features)
        return np.array([f"hash_{j}" for j in range(self.n_columns)], dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
