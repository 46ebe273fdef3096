"""Seasonal naive forecast: what was a season before comes again."""

import numpy as np
from pydantic import PositiveInt

from caselab.forecasting.forecasters import Forecaster
from caselab.forecasting.windows import Windows


def forecasting(*, period: PositiveInt | None = None) -> "SeasonalNaive":
    """Answer with the values a `period` of moments before, by default a season.

    Source: Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, 5.2.
    """
    return SeasonalNaive(period)


class SeasonalNaive(Forecaster):
    """Repeats the window's last values.

    Args:
        period: how many moments before; at most the window.
    """

    def __init__(self, period: int | None = None):
        self.period = period

    def _learn(self, windows: Windows, y: np.ndarray) -> None:
        """Learn nothing."""

    def _forecast(self, windows: Windows) -> np.ndarray:
        return windows.repeated(self.period and min(self.period, windows.window))
