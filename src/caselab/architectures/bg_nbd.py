"""BG/NBD and Gamma-Gamma: who still buys, how often, and how much each time."""

from typing import Annotated, Any, Self

import numpy as np
import pandas as pd
from pydantic import NonNegativeFloat, PositiveFloat
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from caselab.params.search import Between

DAYS_A_UNIT = 7.0
"""Times are given to the models in weeks, in which their likelihood is well-scaled."""


def regression(
    *,
    horizon: PositiveFloat = 90.0,
    penalizer: Annotated[NonNegativeFloat, Between(0.0001, 1.0, log=True)] = 0.001,
) -> "BuyTillYouDie":
    """Expect purchases by BG/NBD in the next `horizon` days, times the value of each by Gamma-Gamma.

    Both are fitted to the customers' pasts alone; the target is not looked at. `penalizer` is the
    weight of the squared parameters in either likelihood.

    Source: Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to
    the Pareto/NBD model; Fader and Hardie (2013), The Gamma-Gamma model of monetary value.
    """
    return BuyTillYouDie(horizon=horizon, penalizer=penalizer)


class BuyTillYouDie(RegressorMixin, BaseEstimator):
    """Purchases by BG/NBD times their value by Gamma-Gamma, with the library lifetimes.

    X is a table with `days_bought` (days with a purchase), `recency` (days since the last
    purchase), `tenure` (since the first) and `value_per_day` (mean amount of such a day).

    Fitted: `purchases_`, r, alpha, a and b of BG/NBD; `values_`, p, q and v of Gamma-Gamma,
    whose money is counted in `unit_`, the mean value.
    """

    def __init__(self, *, horizon: float = 90.0, penalizer: float = 0.001):
        self.horizon = horizon
        self.penalizer = penalizer

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Fit both models to the customers of a table."""
        from lifetimes import BetaGeoFitter, GammaGammaFitter

        repeats, recency, age, value = _history(X)
        purchases = BetaGeoFitter(penalizer_coef=self.penalizer).fit(repeats, recency, age)
        self.purchases_ = {name: float(number) for name, number in purchases.params_.items()}
        again = (repeats > 0) & (value > 0)
        self.unit_ = float(value[again].mean())  # a penalty means the same in any currency
        values = GammaGammaFitter(penalizer_coef=self.penalizer).fit(
            repeats[again], value[again] / self.unit_
        )
        self.values_ = {name: float(number) for name, number in values.params_.items()}
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = np.array(list(X), dtype=object)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return what each customer is expected to spend within the horizon, `(n_samples,)`."""
        from lifetimes import BetaGeoFitter, GammaGammaFitter

        check_is_fitted(self, "values_")
        repeats, recency, age, value = _history(X)
        purchases, values = BetaGeoFitter(), GammaGammaFitter()
        purchases.params_ = pd.Series(self.purchases_)
        values.params_ = pd.Series(self.values_)
        expected = purchases.conditional_expected_number_of_purchases_up_to_time(
            self.horizon / DAYS_A_UNIT, repeats, recency, age
        )
        # Who has bought on one day only is worth what all are on average, as the model says.
        each = values.conditional_expected_average_profit(
            pd.Series(repeats), pd.Series(value / self.unit_)
        ).to_numpy()
        each = np.where(each > 0, each, 1.0)  # the model has no mean where q is 1 or less
        return np.asarray(expected, dtype=np.float64) * each * self.unit_


def _history(X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return repeated purchases, age at the last one and age now (weeks), value of a purchase."""
    missing = [
        name for name in ("days_bought", "recency", "tenure", "value_per_day") if name not in X
    ]
    if missing:
        raise ValueError(f"the table has no column {missing[0]!r}; it has {list(X)}")
    age = X["tenure"].to_numpy(dtype=np.float64) / DAYS_A_UNIT
    repeats = X["days_bought"].to_numpy(dtype=np.float64) - 1
    last = age - X["recency"].to_numpy(dtype=np.float64) / DAYS_A_UNIT
    last = np.clip(last, 0.0, age)  # a table may say what cannot be, where columns are shuffled
    return repeats, np.where(repeats > 0, last, 0.0), age, X["value_per_day"].to_numpy(float)
