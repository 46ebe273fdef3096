"""Linear regression with an L1 penalty, which sets coefficients to 0."""

from pydantic import PositiveFloat, PositiveInt
from sklearn.linear_model import Lasso, LassoCV


def regression(
    *, alpha: PositiveFloat | None = None, max_iter: PositiveInt = 10_000, random_state: int
) -> Lasso | LassoCV:
    """Fit a lasso with the penalty `alpha`, by default the best by five folds of what it is given.

    `alpha` is in the unit of the target.

    Source: Tibshirani (1996), Regression shrinkage and selection via the lasso.
    """
    if alpha is None:
        return LassoCV(max_iter=max_iter, random_state=random_state)
    return Lasso(alpha, max_iter=max_iter, random_state=random_state)
