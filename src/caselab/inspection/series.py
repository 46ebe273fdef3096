"""Propose a case that forecasts: which column comes next, in which series, how far ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from caselab.data import conversions
from caselab.data.series import AHEAD, ORIGIN, SERIES, TIME
from caselab.errors import UserError
from caselab.inspection import moments
from caselab.inspection.columns import Profile
from caselab.inspection.moments import Moments
from caselab.inspection.proposal import Proposal
from caselab.inspection.roles import Reason, Used
from caselab.inspection.wishes import Wishes, read

MANY_WINDOWS = 4_000
"""From which a network learns; of more moments it sees fewer origins."""

SMOOTHED = 2_000
"""Origins up to which each is smoothed by itself."""


def propose(
    name: str, source: Mapping[str, Any], records: pd.DataFrame, wishes: Wishes
) -> tuple[Proposal, pd.DataFrame]:
    """Return a case that forecasts the target, and the records as they are.

    Raises:
        UserError: there is no time, the target holds no numbers, or the series are too short.
    """
    if wishes.time is None:
        raise UserError(
            "Say when each record was, with --time: a forecast needs a column of dates; there are: "
            f"{', '.join(map(repr, map(str, records.columns[:20])))}."
        )
    if taken := {ORIGIN, AHEAD} & {*map(str, records.columns)}:
        raise UserError(
            f"The column {taken.pop()!r} bears the name of one that is made here; rename it."
        )
    profiles, target = read(records, wishes)
    assert target is not None  # else it is refused
    _check(profiles[target], profiles[wishes.time])
    times = conversions.to_dates(records[wishes.time], **profiles[wishes.time].written)[0]
    of = None if wishes.group is None else conversions.to_text(records[wishes.group])[0]
    values = conversions.to_numbers(records[target], np.dtype("float64"), profiles[target].written)[
        0
    ]
    begun = _begun(values.notna(), times, of)
    shape = moments.found(times[begun], None if of is None else of[begun])
    folds = 4 if shape.origins >= moments.MANY_ORIGINS else 3
    view = f"{name}-windows"
    proposal = Proposal(
        name=name,
        source=dict(source),
        columns=tuple(_used(each, target, wishes) for each in profiles.values()),
        rows=len(records),
        problem="forecasting",
        metric="mase",
        target=target,
        id=ORIGIN,
        split={"kind": "time", "test": 0.2},
        validation={"kind": "time", "folds": folds},
        views={view: {"case": name, "view": "windows", "calendar": list(shape.calendar)}},
        pipelines=_pipelines(name, view, shape, len(records)),
        time=wishes.time,
        group=wishes.group,
        moments=shape,
        notes=tuple(_notes(profiles, target, wishes, shape, int((~begun).sum()))),
    )
    return proposal, records


def _begun(told: pd.Series, times: pd.Series, series: pd.Series | None) -> pd.Series:
    """Tell which records are not before the first value of their series."""
    in_order = told[times.sort_values(kind="stable").index]
    one = pd.Series("", index=told.index)
    of = one if series is None else series
    return in_order.groupby(of[in_order.index]).cummax()[told.index]


def _check(target: Profile, time: Profile) -> None:
    if target.kind not in ("number", "whole number"):
        raise UserError(
            f"The target {target.name!r} holds words such as {target.examples[0]!r}, and forecasts "
            "are of numbers; name another column with --target."
        )
    if time.kind != "date" or time.missing:
        lack = (
            f"misses {time.missing:,} of {time.rows:,} dates"
            if time.kind == "date"
            else "holds none"
        )
        raise UserError(
            f"The column {time.name!r} of --time {lack}, and each record of a series is of a moment; "
            "mend it, or name another column of dates."
        )


def _used(column: Profile, target: str, wishes: Wishes) -> Used:
    if column.name == target:
        return Used(column, "target")
    if column.name == wishes.time:
        return Used(column, "time", Reason.SPLIT_BY_TIME)
    if column.name == wishes.group:
        return Used(column, "group", Reason.SERIES)
    return Used(column, "left out", Reason.PERHAPS_UNKNOWN)


def _pipelines(name: str, view: str, shape: Moments, n_moments: int) -> dict[str, dict[str, Any]]:
    """Return who competes, in proportion to what there is to learn from."""
    stride = min(shape.horizon, max(1, n_moments // MANY_WINDOWS))
    lookback = min(shape.window - shape.season, max(shape.horizon, 24))
    network = {"cell": "gru", "lookback": max(1, lookback), "stride": stride}
    chosen: dict[str, dict[str, Any]] = {
        "seasonal_naive": {},
        "ridge": {},
        "xgboost": {},
        "ets": {"model": {"seasons": list(shape.seasons)}} if shape.seasons else {},
        "recurrent": {"model": network},
    }
    if shape.origins > SMOOTHED:
        del chosen["ets"]
    return {
        f"{name}-{architecture.replace('_', '-')}": {
            "case": name,
            "view": view,
            "architecture": architecture,
            **settings,
        }
        for architecture, settings in chosen.items()
    }


def _notes(
    profiles: Mapping[str, Profile], target: str, wishes: Wishes, shape: Moments, before: int
) -> list[str]:
    notes = [
        f"One record each {shape.step} is expected; {shape.horizon:,} moments are forecast at once, "
        f"after {shape.window:,} that are looked back on, and errors are measured by those of "
        f"repeating what was {shape.season:,} before. All of it stands in the case's file."
    ]
    if before:
        notes.append(f"{before:,} records before the first value of their series are passed over.")
    others = [each for each in profiles if each not in (target, wishes.time, wishes.group)]
    if numbers := [each for each in others if profiles[each].kind in ("number", "whole number")]:
        notes.append(
            f"{', '.join(map(repr, numbers[:5]))}: nobody says whether they are known ahead. Name them "
            "in `known` or `observed` of the case's file, and in its contract, if they help."
        )
    if wishes.group is None and {SERIES, TIME} & set(others):
        notes.append(
            "Are these several series? Then name the column that tells them, with --group."
        )
    return notes
