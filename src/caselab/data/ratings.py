"""Ratings of items by users: what every row must keep, and what is repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: who rated what and when, and a rating on the scale."""
    from pandera.pandas import Check, Column, DataFrameSchema

    name = Check.str_length(min_value=1, error="at least one sign")
    return DataFrameSchema(
        {
            "id": Column(str),
            "user": Column(str, name),
            "item": Column(str, name),
            "rating": Column(float, Check.in_range(1, 5, error="1 to 5 stars")),
            "time": Column(int, Check.ge(0, error="seconds since 1970")),
            "position": Column(int, Check.ge(0, error="lines from 0 on")),
            "title": Column(str, nullable=True),
            "year": Column(
                float, Check.in_range(1870, 2100, error="the years 1870 to 2100"), nullable=True
            ),
            "genres": Column(str, nullable=True),
            "age": Column(int, Check.in_range(1, 120, error="1 to 120 years")),
            "gender": Column(str),
            "occupation": Column(str),
            "zip_code": Column(str),
            "split": Column(str, Check.isin(["train", "test"])),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Give films of no known genre none; `unknown` is no genre of its own."""
    if "genres" not in records:
        return records, {}
    without = records["genres"].isna() | records["genres"].isin(["", "unknown"])
    records = records.assign(genres=records["genres"].mask(without, ""))
    return records, {"ratings of films of no known genre": int(without.sum())}
