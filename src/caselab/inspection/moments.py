"""How the moments of series follow each other, and what that asks for: horizon, season, window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from caselab.errors import UserError

DAY = 86_400
LEAST_ORIGINS = 20
"""Of all series together, so that test and folds have some each."""
MANY_ORIGINS = 30
"""Of each series, above which more is looked back on."""


@dataclass(frozen=True)
class Moments:
    """What a case of series says of them, beside the names of its columns."""

    step: str  # as pandas names periods
    horizon: int
    season: int
    window: int
    calendar: tuple[str, ...]
    seasons: tuple[int, ...]  # for what takes several
    origins: int  # of all series


def found(times: pd.Series, series: pd.Series | None) -> Moments:
    """Return how moments follow each other in these times, and what suits that.

    A day is asked for where there are several moments a day, else a week, a month, or a year; the
    season is a week, where six of them are known, or a day; else a week, or a year.

    Args:
        times: (n_records,), dates.
        series: (n_records,), the series of each; None: one.

    Raises:
        UserError: the distance of moments is none that is known, or there are too few.
    """
    name = times.name
    of = np.zeros(len(times), dtype=int) if series is None else pd.factorize(series)[0]
    n_series = int(of.max()) + 1
    order = np.lexsort((times.to_numpy(), of))
    seconds = times.to_numpy().astype("datetime64[s]").astype(np.int64)[order]
    apart = np.diff(seconds)[np.diff(of[order]) == 0]
    apart = apart[apart > 0]
    if not len(apart):
        raise UserError(f"No series has two moments by {name!r}; name its column with --group.")
    values, counts = np.unique(apart, return_counts=True)
    step = _step(int(values[counts.argmax()]), str(name))
    shortest = int(np.bincount(of).min())
    horizon, season, calendar, seasons = _asked(step, shortest)
    spans = [k * max(season, horizon) for k in (4, 3, 2)] if season > 1 else [8]
    window = next((w for w in spans if (shortest - w) // horizon >= MANY_ORIGINS), spans[-1])
    origins = n_series * max(0, (shortest - window) // horizon)
    if origins < LEAST_ORIGINS:
        raise UserError(
            f"{'Its shortest series' if n_series > 1 else 'The series'} has {shortest:,} moments, "
            f"which make {origins:,} forecasts of {horizon:,} moments after {window:,} that are "
            f"looked back on; {LEAST_ORIGINS} are needed, so give more of its past."
        )
    return Moments(step, horizon, season, window, calendar, seasons, origins)


def _step(seconds: int, name: str) -> str:
    """Return how pandas names the period between two moments."""
    if seconds < DAY and DAY % seconds == 0 and seconds % 60 == 0:
        minutes = seconds // 60
        return f"{minutes}min" if minutes % 60 else f"{minutes // 60}h"
    days = seconds / DAY
    for step, low, high in (
        ("D", 1, 1),
        ("W", 7, 7),
        ("M", 28, 31),
        ("Q", 89, 92),
        ("Y", 365, 366),
    ):
        if low <= days <= high:
            return step
    raise UserError(
        f"Moments by {name!r} are mostly {pd.Timedelta(seconds, unit='s')} apart, and not minutes or "
        "hours that divide a day, nor days, weeks, months, quarters or years; bring them onto one of "
        "these first."
    )


def _asked(step: str, length: int) -> tuple[int, int, tuple[str, ...], tuple[int, ...]]:
    """Return horizon, season, calendar, and all seasons."""
    if step[-1] in "nh":
        day = DAY // int(pd.Timedelta(step if step[0].isdigit() else f"1{step}").total_seconds())
        week = 7 * day
        if length >= 6 * week:
            return day, week, ("hour", "weekday"), (day, week) if day > 1 else (week,)
        return day, day, ("hour",), (day,)
    if step == "D":
        return 7, 7, ("weekday",), (7,)
    if step == "W":
        return (4, 52, ("month",), (52,)) if length >= 5 * 52 else (4, 1, ("month",), ())
    return {
        "M": (12, 12, ("month",), (12,)),
        "Q": (4, 4, ("month",), (4,)),
        "Y": (1, 1, (), ()),
    }[step]
