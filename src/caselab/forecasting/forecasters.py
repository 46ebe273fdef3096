"""Forecasters: from windows of series to the values of their horizons.

Each window is brought to the level and spread of its last season, and the answer back: so what is
learned of one level holds at another, and small series count as large ones do.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted

from caselab.forecasting import lags
from caselab.forecasting.windows import Windows


class Forecaster(RegressorMixin, BaseEstimator):
    """What forecasters share: rows in, values of their horizons out."""

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Learn from rows (data/series.py) and the values of their horizons, one array a row."""
        self.n_features_in_ = X.shape[1]
        self._learn(Windows.of(X), np.stack(list(y)))
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the expected values of each row's horizon, `(n_samples, horizon)`."""
        check_is_fitted(self, "n_features_in_")
        return self._forecast(Windows.of(X))

    def _learn(self, windows: Windows, y: np.ndarray) -> None:
        """Learn from targets (n, horizon)."""
        raise NotImplementedError

    def _forecast(self, windows: Windows) -> np.ndarray:
        raise NotImplementedError


class DirectForecaster(Forecaster):
    """One regressor of several numbers: the whole horizon at once.

    Args:
        regressor: takes lags (n, n_features) to the horizon (n, horizon).
        n_lags: moments that it looks back on; at most the window.
    """

    def __init__(self, regressor: Any, n_lags: int | None = None):
        self.regressor = regressor
        self.n_lags = n_lags

    def _learn(self, windows: Windows, y: np.ndarray) -> None:
        level, spread = windows.level_and_spread()
        features = lags.of_origins(windows, self.n_lags)
        self.regressor_ = clone(self.regressor).fit(features, (y - level) / spread)

    def _forecast(self, windows: Windows) -> np.ndarray:
        found = self.regressor_.predict(lags.of_origins(windows, self.n_lags))
        return windows.restored(found.reshape(len(windows), -1))


class PooledForecaster(Forecaster):
    """One regressor of a number for all moments of the horizon, which sees which of them is asked.

    Args:
        regressor: takes lags (n * horizon, n_features) to one number each; its `fit` takes `times`.
    """

    def __init__(self, regressor: Any):
        self.regressor = regressor

    def _learn(self, windows: Windows, y: np.ndarray) -> None:
        level, spread = windows.level_and_spread()
        times = np.repeat(windows.origins, windows.horizon)
        target = ((y - level) / spread).ravel()
        self.regressor_ = clone(self.regressor).fit(lags.of_moments(windows), target, times=times)

    def _forecast(self, windows: Windows) -> np.ndarray:
        found = self.regressor_.predict(lags.of_moments(windows))
        return windows.restored(found.reshape(len(windows), -1))
