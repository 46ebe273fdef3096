"""The texts of rows, whatever holds them."""

from typing import Any

import numpy as np
import pandas as pd

from caselab.errors import UserError


def texts(X: Any) -> list[str]:
    """Return one text a row; a missing one is empty.

    Args:
        X: a DataFrame of one column, a Series, an array (n_samples,) or (n_samples, 1), or a list.

    Raises:
        ValueError: there is more than one column.
    """
    if isinstance(X, pd.DataFrame | np.ndarray) and X.ndim == 2:
        if X.shape[1] != 1:
            raise ValueError(f"expected one column of text, and there are {X.shape[1]}")
        X = X.iloc[:, 0] if isinstance(X, pd.DataFrame) else X[:, 0]
    column = pd.Series(X, dtype=object)
    return column.where(column.notna(), "").astype(str).tolist()


def texts_shown(records: pd.DataFrame, column: str, view: str) -> list[str]:
    """Return the texts of the column that a view shows.

    Raises:
        UserError: there is no such column.
    """
    if column not in records:
        raise UserError(
            f"The view {view!r} shows the column {column!r}, and the records have only "
            f"{', '.join(map(repr, records.columns))}; name one of them as `column` in the view's "
            "block of params.yaml."
        )
    return texts(records[[column]])
