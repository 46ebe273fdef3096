"""Moments of series made into questions: what was, and what comes next, one row an origin.

A record is one moment of a series. A row is an origin: the `window` of moments before it, what is
known ahead of the `horizon` of moments from it on, and, where they have come, their values as
target. Origins lie a horizon apart, so that no moment is asked for twice and the target of no row
reaches into a later one: rows that are parted by their time share no answer. Where they lie does
not depend on where a series begins or ends, so that a table that grows moves none.

In a question there is one origin a series, after its last known value; records behind it tell what
is known ahead. Where the column `origin` names records, these are the origins instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from caselab.data import conversions
from caselab.errors import UserError
from caselab.numbers import counted

if TYPE_CHECKING:
    import pandera.pandas as pa

ORIGIN, TIME, SERIES = "origin", "time", "series"
"""Columns that tell a row from others: its id, the first moment that is asked for, its series."""

AHEAD = "ahead"
"""The target: the values of the horizon."""

SECONDS, PAST, SCALE, SEASON = "seconds", "past", "scale", "season"
"""When window and horizon are, since 1970; the window's values; by how much values differ from those
a season before, on average over all that came before the origin; moments in a season."""

KNOWN, OBSERVED = "known ", "observed "
"""Before the names of columns that are known for the horizon, and of those that are not."""


@dataclass(frozen=True)
class TimeSeries:
    """How records of moments become rows."""

    value: str
    """The column that is forecast."""
    step: str
    """From moment to moment, as pandas names periods: 30min, h, D, M."""
    horizon: int
    """Moments that are asked for at once."""
    season: int
    """Moments after which values are alike: what errors are measured by."""
    window: int
    """Moments that are looked back on; more than a season."""
    contract: Callable[[], pa.DataFrameSchema]
    """Of the records."""
    time: str = "time"
    series: str | None = None
    """The column that tells several series apart."""
    known: tuple[str, ...] = ()
    """Columns of numbers that are known for the horizon too, such as workdays."""
    observed: tuple[str, ...] = ()
    """Columns of numbers that are known only once the moment has come, such as the weather."""

    def __post_init__(self) -> None:
        if self.window <= self.season:
            raise ValueError(f"a window of {self.window} moments holds no season of {self.season}")

    def aggregate(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return one row an origin: every one whose horizon is known, or those that are asked.

        Raises:
            UserError: a series has gaps, double times, or no whole window and horizon; a question
                reaches farther ahead than a horizon.
        """
        asked = ORIGIN in records
        rows = [
            row
            for each in self._each(records)
            for row in (each.asked() if asked else each.learned())
        ]
        table = pd.DataFrame(rows)
        return table.drop(columns=AHEAD) if asked else table

    def ask(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return raw records in order of time, each that is an origin with the id of its row."""
        records = records.reset_index(drop=True)
        read = self._converted(records)
        origin = pd.Series(None, index=records.index, dtype=object)
        for each in self._each(read):
            for place in each.origins():
                origin[each.labels[place]] = each.id_of(place)
        order = np.argsort(read[self.time].to_numpy(), kind="stable")
        return records.assign(**{ORIGIN: origin}).iloc[order].reset_index(drop=True)

    def _converted(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that tell moments, in their contract's types."""
        columns = self.contract().columns
        names = [name for name in (self.time, self.value, self.series) if name is not None]
        return pd.DataFrame(
            {name: conversions.convert(records[name], columns[name])[0] for name in names}
        )

    def _each(self, records: pd.DataFrame) -> Iterator[_OneSeries]:
        """Yield each series, by name."""
        if self.series is None:
            yield _OneSeries(self, "", records)
            return
        for name, part in records.groupby(conversions.to_text(records[self.series])[0], sort=True):
            yield _OneSeries(self, str(name), part)


class _OneSeries:
    """The moments of one series, in order and without gaps."""

    def __init__(self, of: TimeSeries, name: str, records: pd.DataFrame):
        self.of, self.name = of, name
        self.called = f"The series {name!r}" if name else "The series"
        if records[of.time].isna().any():
            raise UserError(
                f"{self.called} has {int(records[of.time].isna().sum()):,} records without a time; "
                "add it, or leave them out."
            )
        records = _begun(records.sort_values(of.time, kind="stable"), of.value)
        self.labels = records.index.to_numpy()
        periods = pd.PeriodIndex(records[of.time], freq=of.step)
        self.first = periods[0]
        of_step = (self.first + 1).ordinal - self.first.ordinal
        self.ordinals = periods.asi8 // of_step
        """Steps since 1970 began."""
        self._check_times()
        self.values = records[of.value].to_numpy(dtype=np.float64)
        if (endless := np.flatnonzero(np.isinf(self.values))).size:
            raise UserError(
                f"{self.called} has {counted(endless.size, 'moment')} whose {of.value!r} is no finite "
                f"number, the first {self._moment(endless[0])}; mend them."
            )
        told = np.flatnonzero(~np.isnan(self.values))
        self.end = int(told[-1]) + 1 if len(told) else 0
        """Where what is known of the values ends."""
        self._check_values()
        self.records = records
        self.asked_at = records[ORIGIN].to_numpy() if ORIGIN in records else None
        until_end = self.values[: self.end]
        self.errors = np.abs(until_end[of.season :] - until_end[: -of.season])

    def _check_times(self) -> None:
        gaps = np.diff(self.ordinals)
        if (twice := np.flatnonzero(gaps == 0)).size:
            raise UserError(
                f"{self.called} has {counted(twice.size, 'time')} more than once, the first "
                f"{self._moment(twice[0])} (one record each {self.of.step} is expected); keep one "
                "record of each."
            )
        if (after := np.flatnonzero(gaps > 1)).size:
            raise UserError(
                f"{self.called} lacks {counted(int((gaps[after] - 1).sum()), 'moment')}, the first after "
                f"{self._moment(after[0])} (one record each {self.of.step} is expected, with its time, "
                "series and value readable); add them with a value, such as 0 or that of a season before."
            )

    def _check_values(self) -> None:
        """Refuse gaps in what was, and a horizon past what is learned."""
        if (lacking := np.flatnonzero(np.isnan(self.values[: self.end]))).size:
            raise UserError(
                f"{self.called} has {counted(lacking.size, 'moment')} without {self.of.value!r} before "
                f"its last one, the first {self._moment(lacking[0])}; give each a value, such as 0 or "
                "that of a season before."
            )
        if self.end < self.of.window:
            raise UserError(
                f"{self.called} has {self.end:,} moments, and a forecast looks back on "
                f"{self.of.window:,}; give more of its past, or leave it out."
            )

    @cached_property
    def known(self) -> dict[str, np.ndarray]:
        """Columns that are known ahead, with a horizon more than the records."""
        return {name: self._filled(name, len(self.records)) for name in self.of.known}

    @cached_property
    def observed(self) -> dict[str, np.ndarray]:
        """Columns that are known once the moment has come."""
        return {name: self._filled(name, self.end) for name in self.of.observed}

    def _filled(self, name: str, end: int) -> np.ndarray:
        """Return a column with a horizon more; what is not told stands as it was a season before."""
        told = np.full(len(self.records) + self.of.horizon, np.nan)
        told[:end] = self.records[name].to_numpy(dtype=np.float64)[:end]
        for place in np.flatnonzero(np.isnan(told)):
            if place >= self.of.season:
                told[place] = told[place - self.of.season]
        if np.isnan(told).any():
            first = int(np.flatnonzero(np.isnan(told))[0])
            raise UserError(
                f"{self.called} has moments without {name!r} in its first season, the first "
                f"{self._moment(first)}; add them."
            )
        return told

    def origins(self) -> list[int]:
        """Return the places of the origins whose window and horizon are known."""
        places = np.arange(self.of.window, self.end - self.of.horizon + 1)
        return [int(place) for place in places[self.ordinals[places] % self.of.horizon == 0]]

    def learned(self) -> Iterator[dict[str, Any]]:
        """Yield the rows whose horizon is known.

        Raises:
            UserError: there is none.
        """
        origins = self.origins()
        if not origins:
            raise UserError(
                f"{self.called} has {self.end:,} moments, too few for one window of "
                f"{self.of.window:,} and one horizon of {self.of.horizon:,}; give more of it, leave "
                "it out, or shorten them in the case's file."
            )
        for place in origins:
            yield self._row(place)

    def asked(self) -> Iterator[dict[str, Any]]:
        """Yield the rows that are asked: of the origins that are named, else of what comes next.

        Raises:
            UserError: a window is not known, or a horizon is longer than what was learned.
        """
        assert self.asked_at is not None
        named = [place for place, name in enumerate(self.asked_at) if isinstance(name, str)]
        for place in named or [self.end]:
            if place < self.of.window:
                raise UserError(
                    f"Before {self._moment(place)} {self.called[0].lower()}{self.called[1:]} has "
                    f"{place:,} moments, and a forecast looks back on {self.of.window:,}; give more "
                    "of its past."
                )
            yield self._row(place)
        if not named and (ahead := len(self.values) - self.end) > self.of.horizon:
            raise UserError(
                f"{self.called} asks for {ahead:,} moments after its last value, and "
                f"{self.of.horizon:,} were learned; ask for no more."
            )

    def id_of(self, place: int) -> str:
        """Return the id of the row of an origin."""
        return f"{self.name} {self._moment(place)}".strip()

    def _row(self, place: int) -> dict[str, Any]:
        """Return what is known at an origin, and what came."""
        of = self.of
        start, stop = place - of.window, place + of.horizon
        moments = self._moments(start, stop - start)
        scale = float(self.errors[: place - of.season].mean())
        return {
            ORIGIN: self.id_of(place),
            TIME: moments[of.window],
            SERIES: self.name,
            SECONDS: moments.to_numpy().astype("datetime64[s]").astype(np.int64),
            PAST: self.values[start:place],
            SCALE: scale or max(1e-9, float(np.abs(self.values[start:place]).max())),
            SEASON: of.season,
            **{KNOWN + name: column[start:stop] for name, column in self.known.items()},
            **{OBSERVED + name: column[start:place] for name, column in self.observed.items()},
            AHEAD: self.values[place:stop],
        }

    def _moment(self, place: int) -> str:
        """Return when a moment is, as text."""
        return str(self._moments(place, 1)[0])

    def _moments(self, start: int, count: int) -> pd.DatetimeIndex:
        """Return when moments from a place on are, also after the last record: where steps begin."""
        periods = pd.period_range(self.first + start, periods=count, freq=self.of.step)
        return periods.to_timestamp()


def _begun(records: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return the records from the first value on; tables of many series have them all from one day."""
    told = np.flatnonzero(records[value].notna())
    return records.iloc[told[0] :] if len(told) else records
