"""AdaBoost: small trees in turn, each on the rows that those before it got wrong."""

from typing import Annotated, Literal

from pydantic import PositiveFloat, PositiveInt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from caselab.params.search import Between


def classification(
    *,
    n_estimators: Annotated[PositiveInt, Between(50, 500, log=True)] = 200,
    learning_rate: Annotated[PositiveFloat, Between(0.01, 1.0, log=True)] = 0.5,
    max_depth: Annotated[PositiveInt, Between(1, 4)] = 1,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    random_state: int,
) -> CalibratedClassifierCV:
    """Boost trees of `max_depth` questions, and fit the sigmoid that turns their margins into probabilities.

    `learning_rate` shrinks what each tree adds. The votes of boosted trees are no probabilities: they
    gather near a half. The sigmoid is fitted on out-of-fold margins; it has two parameters and sees
    every row, so two folds suffice.

    Source: Freund and Schapire (1997), A decision-theoretic generalization of on-line learning; Zhu,
    Zou, Rosset and Hastie (2009), Multi-class AdaBoost; Niculescu-Mizil and Caruana (2005), Obtaining
    calibrated probabilities from boosting.
    """
    tree = DecisionTreeClassifier(max_depth=max_depth, class_weight=class_weight)
    boosted = AdaBoostClassifier(
        tree, n_estimators=n_estimators, learning_rate=learning_rate, random_state=random_state
    )
    folds = StratifiedKFold(n_splits=2, shuffle=True, random_state=random_state)
    return CalibratedClassifierCV(boosted, method="sigmoid", cv=folds, ensemble=False)


def regression(
    *,
    n_estimators: Annotated[PositiveInt, Between(50, 500, log=True)] = 100,
    learning_rate: Annotated[PositiveFloat, Between(0.01, 2.0, log=True)] = 1.0,
    loss: Literal["linear", "square", "exponential"] = "square",
    max_depth: Annotated[PositiveInt | None, Between(2, 12)] = 10,
    min_samples_leaf: Annotated[PositiveInt, Between(1, 20, log=True)] = 3,
    random_state: int,
) -> AdaBoostRegressor:
    """Boost trees on draws of the rows that favour large errors, and answer with their weighted median.

    `learning_rate` shrinks the weight of each tree, `loss` says how errors become weights of rows. A
    tree is `max_depth` questions deep at most, with `min_samples_leaf` rows in a leaf or more.

    Source: Drucker (1997), Improving regressors using boosting techniques.
    """
    tree = DecisionTreeRegressor(max_depth=max_depth, min_samples_leaf=min_samples_leaf)
    return AdaBoostRegressor(
        tree,
        n_estimators=n_estimators,
        learning_rate=learning_rate,
        loss=loss,
        random_state=random_state,
    )
