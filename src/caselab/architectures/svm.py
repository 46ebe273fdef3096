"""Support vector machine: with calibrated probabilities, or for a number."""

from typing import Annotated, Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from caselab.params.search import Between, OneOf

CURVED = {"kernel": ("poly", "rbf", "sigmoid")}
"""The kernels that have a width."""


def classification(
    *,
    C: Annotated[PositiveFloat, Between(0.01, 100.0, log=True)] = 1.0,
    kernel: Literal["linear", "poly", "rbf", "sigmoid"] = "rbf",
    gamma: Annotated[
        Literal["scale", "auto"] | PositiveFloat, Between(0.0001, 1.0, log=True, where=CURVED)
    ] = 0.003,
    degree: PositiveInt = 3,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = "balanced",
    random_state: int,
) -> CalibratedClassifierCV:
    """Fit a support vector machine, and on its out-of-fold margins the sigmoid that turns them into probabilities.

    The sigmoid has two parameters and sees every row, so two folds suffice; it also takes back what
    `class_weight` does to the probabilities.

    Source: Cortes and Vapnik (1995), Support-vector networks; Platt (1999), Probabilistic outputs
    for support vector machines.
    """
    machine = SVC(
        C=C,
        kernel=kernel,
        gamma=gamma,
        degree=degree,
        class_weight=class_weight,
        random_state=random_state,
    )
    folds = StratifiedKFold(n_splits=2, shuffle=True, random_state=random_state)
    return CalibratedClassifierCV(machine, method="sigmoid", cv=folds, ensemble=False)


def regression(
    *,
    C: Annotated[PositiveFloat, Between(0.01, 100.0, log=True)] = 10.0,
    epsilon: Annotated[NonNegativeFloat, Between(0.01, 0.5, log=True)] = 0.1,
    kernel: Literal["linear", "poly", "rbf", "sigmoid"] = "rbf",
    gamma: Annotated[
        Literal["scale", "auto"] | PositiveFloat,
        OneOf("scale", 0.001, 0.003, 0.01, 0.03, 0.1, where=CURVED),
    ] = "scale",
    degree: PositiveInt = 3,
) -> TransformedTargetRegressor:
    """Fit a tube of half-width `epsilon` (standard deviations of the target) around the rows.

    The target is standardised, so that the settings mean the same whatever its unit.

    Source: Drucker, Burges, Kaufman, Smola and Vapnik (1996), Support vector regression machines.
    """
    machine = SVR(C=C, epsilon=epsilon, kernel=kernel, gamma=gamma, degree=degree)
    return TransformedTargetRegressor(machine, transformer=StandardScaler())
