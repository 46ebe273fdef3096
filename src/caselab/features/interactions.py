"""Interactions of users and items: who, what, when, and what is told of both.

What recommends numbers the names itself, in each fold anew: a user or item that the fold has not
seen must stay unknown.
"""

import pandas as pd
from sklearn.preprocessing import FunctionTransformer

plots = ()

_ALWAYS = ("user", "item", "time", "title")
_ITEMS = ("year", "genres")
_USERS = ("age", "gender", "occupation")


def view(
    records: pd.DataFrame, *, item_attributes: bool = True, user_attributes: bool = True
) -> pd.DataFrame:
    """Return who met what, and on demand what is told of both; an item may be left out.

    `item_attributes` are year and genres, `user_attributes` age, gender and occupation.
    """
    wanted = _ALWAYS + _ITEMS * item_attributes + _USERS * user_attributes
    return records[[name for name in wanted if name in records]]


def transformer() -> FunctionTransformer:
    """Return what hands the table on as it is."""
    return FunctionTransformer()  # names no columns, as questions may lack some
