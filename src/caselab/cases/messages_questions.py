"""Ask what kind of answer a question wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published
from caselab.data import texts

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

KINDS = ("abbreviation", "description", "entity", "human", "location", "number")


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: a question, and its kind."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str),  # equal texts, of which one is kept, share it
            "text": Column(str, nullable=True),
            "label": Column(str, Check.isin(KINDS)),
            "fine": Column(str, nullable=True),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair texts."""
    return texts.repair(records)


case = Case(
    name="messages_questions",
    title="Kinds of questions",
    question="What kind of answer does a question ask for?",
    problem="classification",
    metric="accuracy",
    id="id",
    target="label",
    positive=None,
    views=("text",),
    contract=contract,
    clean=clean,
    distinct=("text",),
    hidden=("fine",),
    optional=("fine",),
    published=(
        Published(
            figure="accuracy",
            value=0.936,
            source="Kim (2014), text CNN with word vectors learned on 100 billion words of news",
            note="on the 500 questions of TREC 10, which are not in this data; ours start from nothing",
        ),
        Published(
            figure="accuracy",
            value=0.95,
            source="Silva, Coheur, Mendes and Wichert (2011), SVM with parses, hypernyms and 60 "
            "rules; recalled, not looked up",
            note="on the same 500 questions",
        ),
    ),
)
