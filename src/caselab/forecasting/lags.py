"""Lags of windows as columns: of whole horizons, and of their moments one by one."""

import numpy as np

from caselab.forecasting.windows import Windows

N_HORIZONS = 7
"""Horizons before of which a moment sees its like."""

RECENT = (1, 2, 3, 4, 6, 8, 12)
"""Moments before the origin that every moment of the horizon sees."""


def of_origins(windows: Windows, n_lags: int | None = None) -> np.ndarray:
    """Return a row for each origin, `(n, n_features)`: the last `n_lags` values, and what is known ahead.

    Values are in spreads from the level of the last season, and of a season as long by default; of
    what was observed there is the last horizon.
    """
    level, spread = windows.level_and_spread()
    n_lags = min(windows.window, n_lags or windows.season)
    n, horizon = len(windows), windows.horizon
    return np.hstack(
        [
            (windows.past[:, -n_lags:] - level) / spread,
            windows.known[:, -horizon:].reshape(n, -1),
            windows.observed[:, -horizon:].reshape(n, -1),
        ]
    )


def of_moments(windows: Windows) -> np.ndarray:
    """Return a row for each moment that is asked for, `(n * horizon, n_features)`.

    It has the moment's number, what is known of it, the values up to `N_HORIZONS` horizons and all
    seasons before it, what was observed a horizon before, the last values before the origin and
    the means of the last horizon and season.
    """
    level, spread = windows.level_and_spread()
    n, horizon, window = len(windows), windows.horizon, windows.window
    scaled = (windows.past - level) / spread
    horizons = range(horizon, N_HORIZONS * horizon + 1, horizon)
    seasons = range(windows.season, window + 1, windows.season)
    back = sorted({lag for lag in (*horizons, *seasons) if horizon <= lag <= window})
    columns = [scaled[:, window - lag : window - lag + horizon] for lag in back]
    if horizon <= window:
        columns += list(windows.observed[:, -horizon:].transpose(2, 0, 1))
    columns += list(windows.known[:, -horizon:].transpose(2, 0, 1))
    of_origin = [scaled[:, [-lag]] for lag in RECENT if lag <= window]
    of_origin += [scaled[:, -span:].mean(1, keepdims=True) for span in (horizon, windows.season)]
    columns += [np.broadcast_to(column, (n, horizon)) for column in of_origin]
    columns.append(np.broadcast_to(np.arange(horizon, dtype=float), (n, horizon)))
    return np.stack(columns, axis=2).reshape(n * horizon, -1)
