"""Columns as they are, with their names: for what reads them by name, as a formula does."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.preprocessing import FunctionTransformer

from caselab.errors import UserError

plots = ("importance.importance", "importance.shap")


def view(records: pd.DataFrame, *, only: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the columns `only`, by default all, as floats.

    Raises:
        UserError: a column is missing or holds no numbers.
    """
    names = list(only) or list(records.columns)
    for name in names:
        if name not in records:
            raise UserError(
                f"The view 'columns' is to show {name!r}, which the records lack; they have "
                f"{', '.join(map(str, records.columns)) or 'none'}."
            )
        if not (is_numeric_dtype(records[name]) or is_bool_dtype(records[name])):
            raise UserError(
                f"The view 'columns' shows numbers, and {name!r} holds none; leave it out of `only`."
            )
    return records[names].astype(np.float64)


def transformer() -> FunctionTransformer:
    """Return what passes columns on, names and all."""
    return FunctionTransformer(feature_names_out="one-to-one")


def neighbours(**options: Any) -> None:
    """Tell that no row looks at another."""
