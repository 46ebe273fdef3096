"""Ask what the presidents spoke of to Congress, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def contract() -> pa.DataFrameSchema:
    """Return what every passage must keep: which speech it is of, when, by whom, and its text."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "speech": Column(str),
            "year": Column(int, Check.in_range(1700, 2200, error="1700 to 2200")),
            "president": Column(str),
            "text": Column(str, nullable=True),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Keep every passage; one without a text has no topic, and is counted."""
    return records, {
        "passages without a text, which have no topic": int(records["text"].isna().sum())
    }


case = Case(
    name="news_themes",
    title="Themes of the State of the Union",
    question="What did the presidents speak of to Congress, and when?",
    problem="topics",
    metric="npmi",
    id="id",
    target=None,
    positive=None,
    views=("text",),
    contract=contract,
    clean=clean,
    group="speech",
    time="year",
    hidden=("president",),
    optional=("speech", "year", "president"),
)
