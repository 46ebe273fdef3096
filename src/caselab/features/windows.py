"""Windows of series: what was before each origin, with the calendar of all moments."""

from typing import Literal

import numpy as np
import pandas as pd
from sklearn.preprocessing import FunctionTransformer

from caselab.data.series import KNOWN, OBSERVED, PAST, SCALE, SEASON, SECONDS, SERIES

plots = ()

Part = Literal["hour", "weekday", "month"]

DAY = 86_400


def view(
    records: pd.DataFrame, *, calendar: tuple[Part, ...] = ("hour", "weekday")
) -> pd.DataFrame:
    """Return the window of each origin, and what the `calendar` tells of window and horizon.

    `hour` is the time of day, `weekday` the day of the week and `month` the time of the year, each
    as a place on a circle: two numbers, so that the end is near the beginning.
    """
    kept = [
        name
        for name in records
        if name in (SECONDS, PAST, SCALE, SEASON, SERIES) or str(name).startswith((KNOWN, OBSERVED))
    ]
    shown = records[kept].copy()
    if calendar:
        turns = [_turns(np.asarray(each), calendar) for each in records[SECONDS]]
        for part in calendar:
            for name, function in (("sine", np.sin), ("cosine", np.cos)):
                shown[f"{KNOWN}{part} {name}"] = [function(turn[part]) for turn in turns]
    return shown


def transformer() -> FunctionTransformer:
    """Return what hands rows on as they are."""
    return FunctionTransformer(feature_names_out="one-to-one")


def _turns(seconds: np.ndarray, parts: tuple[Part, ...]) -> dict[str, np.ndarray]:
    """Return the place of moments on the circles of day, week and year, in radians."""
    turns = {}
    if "hour" in parts:
        turns["hour"] = seconds % DAY / DAY
    if "weekday" in parts:
        turns["weekday"] = (seconds // DAY + 3) % 7 / 7  # 1970 began on a Thursday
    if "month" in parts:
        months = seconds.astype("datetime64[s]").astype("datetime64[M]")
        turns["month"] = months.astype(np.int64) % 12 / 12
    return {part: 2 * np.pi * turn for part, turn in turns.items()}
