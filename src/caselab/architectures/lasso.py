"""Linear regression with an L1 penalty, which sets coefficients to 0."""

from typing import Any, Self

from pydantic import PositiveFloat, PositiveInt
from sklearn.linear_model import Lasso, LassoCV


def regression(
    *, alpha: PositiveFloat | None = None, max_iter: PositiveInt = 10_000, random_state: int
) -> "PlainLasso | PlainLassoCV":
    """Fit a lasso with the penalty `alpha`, by default the best by five folds of what it is given.

    `alpha` is in the unit of the target.

    Source: Tibshirani (1996), Regression shrinkage and selection via the lasso.
    """
    if alpha is None:
        return PlainLassoCV(max_iter=max_iter, random_state=random_state)
    return PlainLasso(alpha, max_iter=max_iter, random_state=random_state)


class PlainLasso(Lasso):
    """A lasso that forgets how near it came to the optimum.

    The last bit of that number depends on where arrays lie in memory; nothing else of the fit does.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from numbers (n_samples, n_features)."""
        super().fit(X, y)
        del self.dual_gap_
        return self


class PlainLassoCV(LassoCV):
    """A lasso with its penalty by cross-validation, which forgets the same."""

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from numbers (n_samples, n_features)."""
        super().fit(X, y)
        del self.dual_gap_
        return self
