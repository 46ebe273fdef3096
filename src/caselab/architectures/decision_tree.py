"""Decision tree: one tree of questions, small enough to read."""

from typing import Annotated, Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from caselab.params.search import Between, OneOf


def classification(
    *,
    criterion: Annotated[Literal["gini", "entropy", "log_loss"], OneOf("gini", "entropy")] = "gini",
    max_depth: Annotated[PositiveInt | None, Between(2, 12)] = 6,
    min_samples_leaf: Annotated[PositiveInt, Between(1, 200, log=True)] = 50,
    ccp_alpha: NonNegativeFloat = 0.0,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    random_state: int,
) -> DecisionTreeClassifier:
    """Grow a classification tree; `ccp_alpha` prunes it by cost and complexity.

    Source: Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees.
    """
    return DecisionTreeClassifier(
        criterion=criterion,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        ccp_alpha=ccp_alpha,
        class_weight=class_weight,
        random_state=random_state,
    )


def regression(
    *,
    criterion: Literal["squared_error", "absolute_error", "poisson"] = "squared_error",
    max_depth: Annotated[PositiveInt | None, Between(2, 12)] = 8,
    min_samples_leaf: Annotated[PositiveInt, Between(1, 100, log=True)] = 10,
    ccp_alpha: NonNegativeFloat = 0.0,
    random_state: int,
) -> DecisionTreeRegressor:
    """Grow a regression tree; `ccp_alpha` prunes it by cost and complexity.

    Source: Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees.
    """
    return DecisionTreeRegressor(
        criterion=criterion,
        max_depth=max_depth,
        min_samples_leaf=min_samples_leaf,
        ccp_alpha=ccp_alpha,
        random_state=random_state,
    )
