"""Put what Parquet files and database drivers give into the types that a table of ours may have."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

import pandas as pd


def plain(column: pd.Series) -> pd.Series:
    """Return a column as numbers, dates in UTC, words or bytes; a duration is so many seconds."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC").dt.tz_localize(None)
    if pd.api.types.is_timedelta64_dtype(column):
        return column.dt.total_seconds()
    if column.dtype != object:
        return column
    kinds = {type(value) for value in column if value is not None}
    if kinds and kinds <= {int, float, Decimal}:
        return pd.to_numeric(column.map(float, na_action="ignore"))
    if kinds <= {datetime.date, datetime.datetime} and kinds:
        try:
            return pd.to_datetime(column, utc=True).dt.tz_localize(None)
        except pd.errors.OutOfBoundsDatetime:  # 9999-12-31, which says that there is no end
            return column.map(str, na_action="ignore")
    if kinds == {memoryview}:
        return column.map(bytes, na_action="ignore")
    if len(kinds) > 1 or kinds & {uuid.UUID, dict, list, datetime.time, datetime.timedelta}:
        return column.map(str, na_action="ignore")
    return column
