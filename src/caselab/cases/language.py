"""Ask how the speeches of the presidents go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

SPOKEN_SINCE = 1913
"""From Jefferson to Taft the message was written, and read out by a clerk."""

PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-"}
    | dict.fromkeys("\u2013\u2014", " -- ")
)
"""Signs of print that some speeches are set in, and those that stand for them in all others."""


def contract() -> pa.DataFrameSchema:
    """Return what every passage must keep: which speech it is of, when, by whom, and its text."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "speech": Column(str),
            "year": Column(int, Check.in_range(1700, 2200, error="1700 to 2200")),
            "president": Column(str),
            "text": Column(str),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Leave out messages of the time when they were written, and write signs of print as others do."""
    spoken = records
    if "year" in records:  # a prompt need not have one
        spoken = records[~records["year"].lt(SPOKEN_SINCE).fillna(False)]
    plain = spoken["text"].str.translate(PLAIN)
    return spoken.assign(text=plain), {
        f"before {SPOKEN_SINCE}, and not spoken": len(records) - len(spoken),
        "texts with quotation marks or dashes of print, written as others do": int(
            (plain != spoken["text"]).sum()
        ),
    }


case = Case(
    name="language",
    title="How presidents go on",
    question="How does a speech of a president to Congress go on?",
    problem="language",
    metric="perplexity",
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
