"""Ask which text messages are spam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published
from caselab.data import texts

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: a text, and what it is."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str),  # equal texts, of which one is kept, share it
            "text": Column(str, nullable=True),
            "label": Column(str, Check.isin(("ham", "spam"))),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair texts."""
    return texts.repair(records)


case = Case(
    name="messages_spam",
    title="Spam among messages",
    question="Is a text message spam?",
    problem="classification",
    metric="f1",
    id="id",
    target="label",
    positive="spam",
    views=("text",),
    contract=contract,
    clean=clean,
    distinct=("text",),
    published=(
        Published(
            figure="accuracy",
            value=0.976,
            source="Almeida, Gómez Hidalgo and Yamakami (2011), SVM; recalled, not looked up",
            note="30 % to train, and messages that stand twice were kept: some of test in train",
        ),
        Published(
            figure="f1",
            value=0.944,
            source="from the same table's rates of caught and blocked; recalled, not looked up",
            note="as above",
            told="reported",
        ),
    ),
)
