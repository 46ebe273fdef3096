"""How a user would rate an item: the kind `recommendation`, by rating.

Answers hold one column, `rating`, on the scale of the ratings learned from.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.data import targets
from caselab.errors import UserError
from caselab.evaluation.metrics.recommendation import METRICS
from caselab.problems import Problem
from caselab.storage.rows import Inputs


def check(y: pd.Series, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the mean rating of the whole and of each part.

    Raises:
        UserError: all ratings are equal.
    """
    if y.nunique() < 2:
        raise UserError(
            f"The target {y.name!r} has one value only ({y.iloc[0]:g} in all {len(y):,} rows), so "
            "there is nothing to learn; add ratings that differ."
        )
    return {"mean rating": targets.means(y, parts)}


def answer(estimator: BaseEstimator, X: Inputs) -> pd.DataFrame:
    """Return the predicted ratings."""
    return pd.DataFrame({"rating": np.asarray(estimator.predict(X), dtype=np.float64)})


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the rating to one decimal, as people write it."""
    return answers["rating"].round(1)


problem = Problem(
    target="numbers",
    stratified=True,  # ratings are few numbers, and each has a share
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    baseline_architecture="popularity",
    resample=("group", "row"),  # the ratings of one user are alike
    plots=(
        "ratings.error_by_rating",
        "ratings.error_by_popularity",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
