"""Ask for the part of speech of each word of a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published
from caselab.data import tagged

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

TAGS = ("ADJ", "ADP", "ADV", "CONJ", "DET", "NOUN", "NUM", "PRON", "PRT", "VERB", "X", "\\.")
"""The universal tags, as a pattern has them."""


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: a sentence, and a universal tag for each of its words."""
    from pandera.pandas import Check, Column, DataFrameSchema

    tag = f"(?:{'|'.join(TAGS)})"
    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "document": Column(str),
            "genre": Column(str),
            "text": Column(str, nullable=True),
            "tags": Column(str, Check.str_matches(f"^{tag}(?: {tag})*$")),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair texts, and leave out what has not one tag for each word."""
    return tagged.repair(records)


case = Case(
    name="tags",
    title="Parts of speech",
    question="What part of speech is each word of a sentence?",
    problem="tagging",
    metric="accuracy",
    id="id",
    target="tags",
    positive=None,
    views=("sentences",),
    contract=contract,
    clean=clean,
    group="document",
    hidden=("document", "genre"),
    optional=("document", "genre"),
    published=(
        Published(
            figure="accuracy",
            value=0.8117,
            source="Bird, Klein and Loper (2009), NLTK book, chapter 5, unigram tagger",
            note="Brown's own tags, news alone, 90/10 by sentences; what is unknown has no tag",
        ),
        Published(
            figure="accuracy",
            value=0.92,
            source="maggie0703/Texts, bidirectional LSTM",
            note="split and set of tags not stated; with a CRF on it .95",
            told="reported",
        ),
    ),
)
