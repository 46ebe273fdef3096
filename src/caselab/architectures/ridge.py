"""Linear regression with an L2 penalty, which draws all coefficients towards 0."""

import numpy as np
from pydantic import PositiveFloat, PositiveInt
from sklearn.linear_model import Ridge, RidgeCV

from caselab.forecasting.forecasters import DirectForecaster

ALPHAS = np.logspace(-2, 4, 25)


def regression(*, alpha: PositiveFloat | None = None) -> Ridge | RidgeCV:
    """Fit a ridge regression with the penalty `alpha`, by default the best of leaving each row out.

    Source: Hoerl and Kennard (1970), Ridge regression: biased estimation for nonorthogonal problems.
    """
    return RidgeCV(ALPHAS) if alpha is None else Ridge(alpha)


def forecasting(
    *, alpha: PositiveFloat | None = None, n_lags: PositiveInt | None = None
) -> DirectForecaster:
    """Fit a ridge regression of the whole horizon on the last `n_lags` values, by default a season.

    It sees what is known of the horizon, too. `alpha` is as for a regression.

    Source: Hoerl and Kennard (1970), as above; Ben Taieb, Bontempi, Atiya and Sorjamaa (2012), A
    review of strategies for multi-step ahead forecasting (the strategy MIMO).
    """
    return DirectForecaster(regression(alpha=alpha), n_lags)
