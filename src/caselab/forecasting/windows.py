"""Windows of series, as forecasters read them from rows of `data/series.py`, and more of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from caselab.data.series import KNOWN, OBSERVED, PAST, SEASON, SECONDS, SERIES


@dataclass(frozen=True)
class Windows:
    """What is known at origins: `window` moments before each, and of some columns the horizon too."""

    seconds: np.ndarray  # (n, window + horizon) int, since 1970
    past: np.ndarray  # (n, window)
    known: np.ndarray  # (n, window + horizon, n_known)
    observed: np.ndarray  # (n, window, n_observed)
    series: np.ndarray  # (n,) str
    season: int

    @classmethod
    def of(cls, X: pd.DataFrame) -> Windows:
        """Read the rows that a case of series made."""
        seconds, past = np.stack(X[SECONDS].tolist()), np.stack(X[PAST].tolist())

        def columns(prefix: str, moments: int) -> np.ndarray:
            named = [np.stack(X[name].tolist()) for name in X if str(name).startswith(prefix)]
            return np.stack(named, axis=2) if named else np.empty((len(X), moments, 0))

        return cls(
            seconds=seconds,
            past=past,
            known=columns(KNOWN, seconds.shape[1]),
            observed=columns(OBSERVED, past.shape[1]),
            series=X[SERIES].to_numpy(dtype=str),
            season=int(X[SEASON].iloc[0]),
        )

    def __len__(self) -> int:
        return len(self.past)

    @property
    def window(self) -> int:
        """Moments that are looked back on."""
        return self.past.shape[1]

    @property
    def horizon(self) -> int:
        """Moments that are asked for."""
        return self.seconds.shape[1] - self.window

    @property
    def origins(self) -> np.ndarray:
        """The first moments asked for, `(n,)` in seconds since 1970."""
        found: np.ndarray = self.seconds[:, self.window]
        return found

    def repeated(self, period: int | None = None) -> np.ndarray:
        """Return the values a `period` before each moment asked for, by default a season: `(n, horizon)`.

        Where the horizon is longer than the period, the last one known is repeated.
        """
        period = self.season if period is None else period
        ahead = np.arange(self.horizon)
        return self.past[:, self.window - period + ahead % period]

    def level_and_spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and deviation of the last season, `(n, 1)` each; 1 where nothing varies.

        Where a season is one moment, they are of the whole window.
        """
        last = self.past[:, -self.season :] if self.season > 1 else self.past
        spread, flat = _spread(last)
        return last.mean(axis=1, keepdims=True), np.where(flat, 1.0, spread)

    def restored(self, scaled: np.ndarray) -> np.ndarray:
        """Return forecasts `(n, horizon)` that are in spreads from the level as values.

        Of a window in which nothing varies, whose spread is no measure of anything, it is the level.
        """
        level, spread = self.level_and_spread()
        found: np.ndarray = level + np.where(_spread(self.past)[1], 0.0, spread) * scaled
        return found

    def shortened(self, window: int) -> Windows:
        """Return the same origins with no more than the last `window` moments before them."""
        cut = self.window - window
        return Windows(
            self.seconds[:, cut:],
            self.past[:, cut:],
            self.known[:, cut:],
            self.observed[:, cut:],
            self.series,
            self.season,
        )

    def denser(self, y: np.ndarray, window: int, stride: int) -> tuple[Windows, np.ndarray]:
        """Return windows of `window` moments at every `stride`-th origin, with their values ahead.

        They are cut from the same moments: rows of a series whose horizons follow each other are
        joined, and what no row has told is in none of them.

        Args:
            y: (n, horizon), the values of the horizons.
            window: moments to look back on, at most those of the rows.
            stride: moments from origin to origin.
        """
        parts, targets = [], []
        for chain in self._chains():
            made, ahead = self._cut(chain, y, window, stride)
            parts.append(made)
            targets.append(ahead)
        joined = Windows(
            seconds=np.concatenate([part.seconds for part in parts]),
            past=np.concatenate([part.past for part in parts]),
            known=np.concatenate([part.known for part in parts]),
            observed=np.concatenate([part.observed for part in parts]),
            series=np.concatenate([part.series for part in parts]),
            season=self.season,
        )
        return joined, np.concatenate(targets)

    def _chains(self) -> Iterator[np.ndarray]:
        """Yield positions of rows of one series of which each begins where the one before ends."""
        order = np.lexsort((self.origins, self.series))
        follows = np.zeros(len(order), dtype=bool)
        horizon = self.horizon
        before, after = order[:-1], order[1:]
        follows[1:] = (self.series[before] == self.series[after]) & (
            self.seconds[before, -horizon:] == self.seconds[after, -2 * horizon : -horizon]
        ).all(axis=1)
        yield from np.split(order, np.flatnonzero(~follows)[1:])

    def _cut(
        self, chain: np.ndarray, y: np.ndarray, window: int, stride: int
    ) -> tuple[Windows, np.ndarray]:
        first, horizon = chain[0], self.horizon
        values = np.concatenate([self.past[first], y[chain].ravel()])
        seconds = np.concatenate([self.seconds[first], self.seconds[chain[1:], -horizon:].ravel()])
        known = np.concatenate([self.known[first], *self.known[chain[1:], -horizon:]])
        observed = np.concatenate([self.observed[first], *self.observed[chain[1:], -horizon:]])
        # Counted back from the last origin, so that the rows' own origins are among them
        starts = np.arange(len(values) - horizon - window, -1, -stride)[::-1]
        whole = sliding_window_view(values, window + horizon)[starts]
        of_known = sliding_window_view(known, window + horizon, axis=0)[starts]
        of_observed = sliding_window_view(observed, window, axis=0)[starts]
        made = Windows(
            sliding_window_view(seconds, window + horizon)[starts],
            whole[:, :window],
            of_known.transpose(0, 2, 1),
            of_observed.transpose(0, 2, 1),
            np.repeat(self.series[[first]], len(starts)),
            self.season,
        )
        return made, whole[:, window:]


def _spread(past: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the deviation of each row, `(n, 1)`, and whether it is none but for rounding."""
    spread = past.std(axis=1, keepdims=True)
    return spread, spread < 1e-9 * np.maximum(1, np.abs(past).max(axis=1, keepdims=True))
