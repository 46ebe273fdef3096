"""Exponential smoothing, after the seasons are taken out of each window by loess (MSTL)."""

from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import PositiveInt

from caselab.forecasting.forecasters import Forecaster
from caselab.forecasting.windows import Windows

N_SEASONS = 3
"""Of the longest season, those at a window's end that are looked at; more say little of what comes."""

SHORT = 24
"""Moments in a season up to which smoothing itself can tell them apart."""


def forecasting(*, seasons: tuple[PositiveInt, ...] = ()) -> "ExponentialSmoothing":
    """Smooth each window by itself; nothing is learned from one for another.

    Of several `seasons` (in moments), or of one longer than a day of hours, the swings are taken out
    first, and repeated; by default there is the case's season alone. Trend and season are chosen by
    the corrected criterion of Akaike.

    Source: Hyndman, Koehler, Snyder and Grose (2002), A state space framework for automatic
    forecasting using exponential smoothing methods; Bandara, Hyndman and Bergmeir (2021), MSTL.
    """
    return ExponentialSmoothing(seasons)


class ExponentialSmoothing(Forecaster):
    """Fits each window anew, by statsforecast.

    Args:
        seasons: moments in each; none: the case's season.
    """

    def __init__(self, seasons: tuple[int, ...] = ()):
        self.seasons = seasons

    def _learn(self, windows: Windows, y: np.ndarray) -> None:
        seasons = tuple(self.seasons) or (windows.season,)
        self.seasons_ = tuple(each for each in seasons if 2 * each <= windows.window)

    def _forecast(self, windows: Windows) -> np.ndarray:
        longest = max(self.seasons_, default=0)
        recent = windows.past[:, -N_SEASONS * longest :] if longest > SHORT else windows.past
        found = [_smoothed(past.tobytes(), self.seasons_, windows.horizon) for past in recent]
        return np.stack(found)


@lru_cache(maxsize=4096)
def _smoothed(past: bytes, seasons: tuple[int, ...], horizon: int) -> np.ndarray:
    """Return what follows a window; each is asked for again in every fold that has seen it."""
    from statsforecast.models import MSTL, AutoETS  # which takes seconds

    values = np.frombuffer(past)
    if not seasons:
        model: Any = AutoETS(season_length=1)
    elif len(seasons) == 1 and seasons[0] <= SHORT:
        model = AutoETS(season_length=seasons[0])
    else:
        model = MSTL(list(seasons), trend_forecaster=AutoETS(model="ZZN"))
    found: np.ndarray = model.forecast(y=values, h=horizon)["mean"]
    return found
