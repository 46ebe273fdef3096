"""Ask how a sentence of an editorial feels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caselab.cases import Case, Published
from caselab.data import texts

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

CUT = 0.5
"""Twenty people rated each sentence in whole steps from -4 to 4. A mean that rounds to 0 is neutral,
one of half a step or more has a side. So 23 % are positive, 43 % neutral, 34 % negative. With VADER's
own cut of 0.05, made for its scores from -1 to 1, 5 % would be neutral; with 1 whole step, 70 %."""


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: an article, a text, a mean rating on the raters' scale."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "article": Column(str),
            "text": Column(str, nullable=True),
            "rating": Column(float, Check.in_range(-4, 4, error="-4 to 4")),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Name the side of the mean rating, and repair texts."""
    records, repairs = texts.repair(records)
    if "rating" in records:
        rating = records["rating"]
        sides = np.select([rating >= CUT, rating <= -CUT], ["positive", "negative"], "neutral")
        records = records.assign(sentiment=sides)
    return records, repairs


def ask(records: pd.DataFrame) -> pd.DataFrame:
    """Take away what the raters said."""
    return records.drop(columns=["rating", "sentiment"], errors="ignore")


case = Case(
    name="news_sentiment",
    title="Sentiment of editorials",
    question="Is a sentence of an editorial negative, neutral or positive?",
    problem="classification",
    metric="f1",
    id="id",
    target="sentiment",
    positive=None,
    views=("text",),
    contract=contract,
    clean=clean,
    ask=ask,
    group="article",
    hidden=("rating", "article"),
    optional=("article", "rating"),
    published=(
        Published(
            figure="f1",
            value=0.55,
            source="Hutto and Gilbert (2014), VADER on these editorials; recalled, not looked up",
            note="over all sentences, with the paper's own cut of the ratings and averaging",
        ),
    ),
)
