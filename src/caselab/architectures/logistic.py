"""Logistic regression with a penalty."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.linear_model import LogisticRegression

from caselab.params.search import Between


def classification(
    *,
    C: Annotated[PositiveFloat, Between(0.001, 100.0, log=True)] = 1.0,
    l1_ratio: Annotated[float, Interval(ge=0, le=1)] = 0.0,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    max_iter: PositiveInt = 1000,
    random_state: int,
) -> LogisticRegression:
    """Fit a logistic regression; `C` is the inverse of the penalty, `l1_ratio` the lasso's share of it.

    Source: Cox (1958), The regression analysis of binary sequences; Zou and Hastie (2005) for the
    elastic net.
    """
    return LogisticRegression(
        C=C,
        l1_ratio=l1_ratio,
        class_weight=class_weight,
        max_iter=max_iter,
        solver="saga" if l1_ratio else "lbfgs",
        random_state=random_state,
    )
