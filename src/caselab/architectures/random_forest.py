"""Random forest: many deep trees on bootstrapped rows, averaged."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from caselab.params.search import Between, OneOf


def classification(
    *,
    n_estimators: PositiveInt = 300,
    criterion: Literal["gini", "entropy", "log_loss"] = "gini",
    max_depth: Annotated[PositiveInt | None, OneOf(None, 6, 12, 20)] = None,
    min_samples_leaf: Annotated[PositiveInt, Between(1, 50, log=True)] = 20,
    max_features: Annotated[
        Literal["sqrt", "log2"] | Annotated[float, Interval(gt=0, le=1)],
        OneOf("sqrt", 0.1, 0.3, 0.5, 1.0),
    ] = "sqrt",
    class_weight: Literal["balanced", "balanced_subsample"]
    | dict[str | int, PositiveFloat]
    | None = None,
    random_state: int,
    n_jobs: int,
) -> RandomForestClassifier:
    """Average the class shares in the leaves of many randomized trees.

    Source: Breiman (2001), Random Forests, Machine Learning 45.
    """
    return RandomForestClassifier(
        n_estimators=n_estimators,
        criterion=criterion,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        max_features=max_features,
        class_weight=class_weight,
        random_state=random_state,
        n_jobs=n_jobs,
    )


def regression(
    *,
    n_estimators: PositiveInt = 300,
    criterion: Literal["squared_error", "absolute_error", "poisson"] = "squared_error",
    max_depth: Annotated[PositiveInt | None, OneOf(None, 6, 12, 20)] = None,
    min_samples_leaf: Annotated[PositiveInt, Between(1, 20, log=True)] = 3,
    max_features: Annotated[
        Literal["sqrt", "log2"] | Annotated[float, Interval(gt=0, le=1)],
        OneOf("sqrt", 0.2, 1 / 3, 0.5, 1.0),
    ] = 1 / 3,
    random_state: int,
    n_jobs: int,
) -> RandomForestRegressor:
    """Average the means in the leaves of many randomized trees.

    Source: Breiman (2001), Random Forests, Machine Learning 45 (a third of the features a split).
    """
    return RandomForestRegressor(
        n_estimators=n_estimators,
        criterion=criterion,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        max_features=max_features,
        random_state=random_state,
        n_jobs=n_jobs,
    )
