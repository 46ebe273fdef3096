"""Bagging: the same deep tree on many bootstrapped draws of the rows, averaged."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.ensemble import BaggingClassifier, BaggingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from caselab.params.search import Between, OneOf

Share = Annotated[float, Interval(gt=0, le=1)]


def classification(
    *,
    n_estimators: PositiveInt = 100,
    max_samples: Annotated[Share, Between(0.3, 1.0)] = 1.0,
    max_features: Annotated[Share, Between(0.3, 1.0)] = 1.0,
    bootstrap: Annotated[bool, OneOf(True)] = True,
    max_depth: Annotated[PositiveInt | None, OneOf(None, 6, 12, 20)] = None,
    min_samples_leaf: Annotated[PositiveInt, Between(1, 50, log=True)] = 20,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    random_state: int,
    n_jobs: int,
) -> BaggingClassifier:
    """Average the class shares of trees, each of which has seen a draw of the rows.

    `max_samples` is the share of the rows that is drawn for a tree (with `bootstrap` with
    replacement), `max_features` that of the columns; a random forest draws columns for every split.
    A tree is `max_depth` questions deep at most, with `min_samples_leaf` rows in a leaf or more.

    Source: Breiman (1996), Bagging predictors, Machine Learning 24.
    """
    tree = DecisionTreeClassifier(
        max_depth=max_depth, min_samples_leaf=min_samples_leaf, class_weight=class_weight
    )
    return BaggingClassifier(
        tree,
        n_estimators=n_estimators,
        max_samples=max_samples,
        max_features=max_features,
        bootstrap=bootstrap,
        random_state=random_state,
        n_jobs=n_jobs,
    )


def regression(
    *,
    n_estimators: PositiveInt = 100,
    max_samples: Annotated[Share, Between(0.3, 1.0)] = 1.0,
    max_features: Annotated[Share, Between(0.3, 1.0)] = 1.0,
    bootstrap: Annotated[bool, OneOf(True)] = True,
    max_depth: Annotated[PositiveInt | None, OneOf(None, 6, 12, 20)] = None,
    min_samples_leaf: Annotated[PositiveInt, Between(1, 20, log=True)] = 3,
    random_state: int,
    n_jobs: int,
) -> BaggingRegressor:
    """Average the means of trees, each of which has seen a draw of the rows.

    `max_samples` is the share of the rows that is drawn for a tree (with `bootstrap` with
    replacement), `max_features` that of the columns; a random forest draws columns for every split.
    A tree is `max_depth` questions deep at most, with `min_samples_leaf` rows in a leaf or more.

    Source: Breiman (1996), Bagging predictors, Machine Learning 24.
    """
    tree = DecisionTreeRegressor(max_depth=max_depth, min_samples_leaf=min_samples_leaf)
    return BaggingRegressor(
        tree,
        n_estimators=n_estimators,
        max_samples=max_samples,
        max_features=max_features,
        bootstrap=bootstrap,
        random_state=random_state,
        n_jobs=n_jobs,
    )
