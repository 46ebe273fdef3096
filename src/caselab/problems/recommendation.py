"""How a user would rate an item: `Problem` for recommendation by rating.

Answers hold one column, `rating`, on the scale of the ratings learned from.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.cases import Case
from caselab.errors import UserError
from caselab.evaluation.metrics.recommendation import METRICS
from caselab.problems import nothing_to_choose, scorer

metrics = METRICS
plots = (
    "ratings.error_by_rating",
    "ratings.error_by_popularity",
    "learning.learning_curve",
    "learning.epochs",
)
resample = ("group", "row")  # the ratings of one user are alike
words = ()
baseline_architecture = "popularity"
champion = True
decision = nothing_to_choose
score = scorer(METRICS)


def strata(y: pd.Series | None) -> pd.Series | None:
    """Return the ratings: folds hold each in equal shares."""
    return y


def check(y: pd.Series | None, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the mean rating of the whole and of each part.

    Raises:
        UserError: all ratings are equal.
    """
    assert y is not None
    if y.nunique() < 2:
        raise UserError(
            f"The target {y.name!r} has one value only ({y.iloc[0]:g} in all {len(y):,} rows), so "
            "there is nothing to learn; add ratings that differ."
        )
    means = {part: float(y[mask].mean()) for part, mask in parts.items()}
    return {"mean rating": {"whole": float(y.mean()), **means}}


def learnable(part: pd.Series | None, whole: pd.Series | None) -> bool:  # noqa: ARG001
    """Tell whether the part's ratings differ."""
    assert part is not None
    return bool((part != part.iloc[0]).any())


def answer(estimator: BaseEstimator, X: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    """Return the predicted ratings."""
    return pd.DataFrame({"rating": np.asarray(estimator.predict(X), dtype=np.float64)})


def decide(
    answers: pd.DataFrame,
    case: Case,  # noqa: ARG001
    decision: dict[str, Any],  # noqa: ARG001
) -> pd.Series:
    """Return the rating to one decimal, as people write it."""
    return answers["rating"].round(1)
