"""Ask what a newswire story is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published
from caselab.data import texts

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

TOPICS = ("acq", "crude", "earn", "grain", "interest", "money-fx", "ship", "trade")


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: a text, one of the eight topics, its part of the split."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "text": Column(str, nullable=True),
            "topic": Column(str, Check.isin(TOPICS)),
            "split": Column(str, Check.isin(("train", "test"))),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair texts."""
    return texts.repair(records)


case = Case(
    name="news_topics",
    title="Topics of news",
    question="Which of eight topics is a newswire story about?",
    problem="classification",
    metric="accuracy",
    id="id",
    target="topic",
    positive=None,
    views=("text",),
    contract=contract,
    clean=clean,
    official="split",
    published=(
        Published(
            figure="accuracy",
            value=0.974,
            source="a linear SVM on TF-IDF, our own run before this project",
            note="the same stories and split",
            told="reported",
        ),
        Published(
            figure="accuracy",
            value=0.9707,
            source="Yao, Mao and Luo (2018), Text GCN, the mean of ten runs as a PyTorch "
            "implementation's page on R8 cites it",
            note="the same split; learns a graph of all stories, those of test among them",
        ),
    ),
)
