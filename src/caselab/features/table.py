"""Tables: numbers imputed and scaled, categories encoded.

A word of params.yaml is one entry in `_IMPUTERS`, `_SCALERS` or `_ENCODERS`, and in the `Literal`
that lets params.yaml be checked without importing this file.
"""

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_datetime64_any_dtype,
    is_float_dtype,
    is_numeric_dtype,
)
from pydantic import PositiveInt
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from caselab.errors import UserError

plots = ("importance.importance", "importance.shap")

_IMPUTERS: dict[str, Callable[..., Any]] = {
    "mean": partial(SimpleImputer, strategy="mean"),
    "median": partial(SimpleImputer, strategy="median"),
    "mode": partial(SimpleImputer, strategy="most_frequent"),
    "constant": partial(SimpleImputer, strategy="constant"),
}
_SCALERS: dict[str, Callable[[], Any]] = {
    "standard": StandardScaler,
    "min_max": MinMaxScaler,
    "robust": RobustScaler,
    "none": lambda: "passthrough",
}
_ENCODERS: dict[str, Callable[..., Any]] = {
    "one_hot": partial(OneHotEncoder, handle_unknown="infrequent_if_exist", sparse_output=False),
    "ordinal": partial(
        OrdinalEncoder,
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        encoded_missing_value=-1,
    ),
}


def view(records: pd.DataFrame, *, ratios: bool = False) -> pd.DataFrame:
    """Return the records as a model may see them, row by row and with nothing fitted.

    With `ratios`, each measured amount (a column of floats) is also given divided by each other
    one, as `monthly_charges/total_charges`, and is missing where the divisor is zero.

    Raises:
        UserError: a column holds dates, which no transformer here can read.
    """
    dates = [name for name in records.columns if is_datetime64_any_dtype(records[name])]
    if dates:
        raise UserError(
            f"The column {dates[0]!r} holds dates, which the view 'table' cannot show; "
            "turn it into numbers or drop it in the case's `clean`."
        )
    if not ratios:
        return records
    amounts = [name for name in records.columns if is_float_dtype(records[name])]
    built = {
        f"{above}/{below}": records[above] / records[below].where(records[below] != 0)
        for above, below in permutations(amounts, 2)
    }
    return records.assign(**built)


def transformer(
    *,
    impute: Literal["mean", "median", "mode", "constant"] = "median",
    fill_value: float = 0.0,
    indicator: bool = False,
    scale: Literal["standard", "min_max", "robust", "none"] = "standard",
    encode: Literal["one_hot", "ordinal"] = "one_hot",
    max_categories: PositiveInt = 100,
) -> ColumnTransformer:
    """Return the unfitted transformer from a table to floats `(n_samples, n_features)`.

    Numbers and booleans are imputed (`constant` takes `fill_value`; `indicator` adds a column that
    says which were missing) and scaled. Everything else is a category, written as text; a missing
    one is a category of its own. Of each column at most `max_categories` are told apart: the
    rarest share one, and so do those that training never saw.
    """
    imputer = _IMPUTERS[impute](
        fill_value=fill_value if impute == "constant" else None,
        add_indicator=indicator,
        keep_empty_features=True,
    )
    numbers = Pipeline(
        [
            ("convert", FunctionTransformer(as_floats, feature_names_out="one-to-one")),
            ("impute", imputer),
            ("scale", _SCALERS[scale]()),
        ]
    )
    categories = Pipeline(
        [
            ("convert", FunctionTransformer(as_text, feature_names_out="one-to-one")),
            ("encode", _ENCODERS[encode](max_categories=max_categories)),
        ]
    )
    return ColumnTransformer(
        [("numbers", numbers, number_columns), ("categories", categories, category_columns)],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )


def number_columns(X: pd.DataFrame) -> list[str]:
    """Return the columns of numbers and booleans."""
    return [name for name in X.columns if is_numeric_dtype(X[name]) or is_bool_dtype(X[name])]


def category_columns(X: pd.DataFrame) -> list[str]:
    """Return all the other columns."""
    numbers = set(number_columns(X))
    return [name for name in X.columns if name not in numbers]


def as_floats(X: pd.DataFrame) -> pd.DataFrame:
    """Return numbers and booleans as float64, missing and infinite ones as NaN."""
    return X.astype(np.float64).replace([np.inf, -np.inf], np.nan)


def as_text(X: pd.DataFrame) -> pd.DataFrame:
    """Return categories as text, missing ones as NaN, so that 1, "1" and a category 1 are equal."""
    return X.astype(str).astype(object).mask(X.isna(), np.nan)
