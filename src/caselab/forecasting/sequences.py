"""Windows as sequences for networks: what is known of each moment, in order, up to the horizon's end."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from caselab.errors import UserError
from caselab.forecasting.forecasters import Forecaster
from caselab.forecasting.windows import Windows
from caselab.learning.training import Training

FORECASTER = Training(
    loss="absolute_error",
    learning_rate=2e-3,
    schedule="cosine",
    batch_size=64,
    gradient_clip=1.0,
    max_epochs=12,
    validation_fraction=0.0,
)
"""Of networks that forecast: as long as they are told, on all rows, since the latest tell most."""


def inputs(windows: Windows, lookback: int) -> np.ndarray:
    """Return moments with what is known of them at the origin, `(n, lookback + horizon, n_channels)`.

    The first channel is the value, in spreads from the last season's level, and 0 where it is asked
    for; the second tells these moments from those before. Then come, for all moments, the values a
    horizon and a season (a multiple, where the horizon is longer) before, what was observed as long
    before, and what is known.
    """
    level, spread = windows.level_and_spread()
    horizon, window = windows.horizon, windows.window
    start = window - lookback
    scaled = (windows.past - level) / spread
    past = np.zeros((len(windows), lookback + horizon, 2))
    past[:, :lookback, 0], past[:, lookback:, 1] = scaled[:, start:], 1
    channels = [past]
    for lag in lags(horizon, windows.season):
        before = slice(start - lag, window + horizon - lag)
        channels += [scaled[:, before, np.newaxis], windows.observed[:, before]]
    return np.concatenate([*channels, windows.known[:, start:]], axis=2).astype(np.float32)


def lags(horizon: int, season: int) -> tuple[int, ...]:
    """Return how long before a moment its likes are, that are known for the whole horizon."""
    return tuple(sorted({horizon, season * -(-horizon // season)}))


class SequenceForecaster(Forecaster):
    """A network that reads the moments before an origin and what is known of those after.

    Args:
        regressor: a `LightningRegressor` of sequences (n, lookback + horizon, n_channels).
        lookback: moments before the origin that it reads, at most what the window leaves.
        stride: moments between the origins that it learns from; more than a row's own are cut from
            the same moments.
    """

    def __init__(self, regressor: Any, lookback: int, stride: int):
        self.regressor = regressor
        self.lookback = lookback
        self.stride = stride

    def _learn(self, windows: Windows, y: np.ndarray) -> None:
        longest = max(lags(windows.horizon, windows.season))
        if windows.window <= longest:
            raise UserError(
                f"A network that forecasts {windows.horizon:,} moments with a season of "
                f"{windows.season:,} looks back on more than {longest:,}, and the case's window is "
                f"{windows.window:,}; make it longer, or leave out the network."
            )
        self.lookback_ = min(self.lookback, windows.window - longest)
        self.window_ = max(self.lookback_ + longest, windows.season)
        windows, y = windows.denser(y, self.window_, min(self.stride, windows.horizon))
        level, spread = windows.level_and_spread()
        X = inputs(windows, self.lookback_)
        self.mean_, self.scale_ = X.mean(axis=(0, 1)), X.std(axis=(0, 1))
        self.scale_[self.scale_ == 0] = 1
        self.mean_[:2], self.scale_[:2] = 0, 1  # in spreads, and a sign, already
        self.regressor_ = clone(self.regressor).fit(
            self._scaled(X), (y - level) / spread, times=windows.origins
        )

    def _forecast(self, windows: Windows) -> np.ndarray:
        windows = windows.shortened(self.window_)
        X = self._scaled(inputs(windows, self.lookback_))
        return windows.restored(self.regressor_.predict(X))

    def _scaled(self, X: np.ndarray) -> np.ndarray:
        """Bring each channel to the mean 0 and the deviation 1 of training."""
        scaled: np.ndarray = (X - self.mean_) / self.scale_
        return scaled
