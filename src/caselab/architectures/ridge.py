"""Linear regression with an L2 penalty, which draws all coefficients towards 0."""

import numpy as np
from pydantic import PositiveFloat
from sklearn.linear_model import Ridge, RidgeCV

ALPHAS = np.logspace(-2, 4, 25)


def regression(*, alpha: PositiveFloat | None = None) -> Ridge | RidgeCV:
    """Fit a ridge regression with the penalty `alpha`, by default the best of leaving each row out.

    Source: Hoerl and Kennard (1970), Ridge regression: biased estimation for nonorthogonal problems.
    """
    return RidgeCV(ALPHAS) if alpha is None else Ridge(alpha)
