"""Ask which words are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case, Published
from caselab.data import texts

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def contract() -> pa.DataFrameSchema:
    """Return what every row must keep: a text, what is asked of its words if anything, what people say.

    Texts of which nothing is asked are learned from. `similarity` and `relatedness` are of two words,
    an `analogy` is of three or four.
    """
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "text": Column(str, nullable=True),
            "asked": Column(
                str, Check.isin(["similarity", "relatedness", "analogy"]), nullable=True
            ),
            "told": Column(float, Check.in_range(0, 10, error="0 to 10"), nullable=True),
            "part": Column(str, Check.isin(["train", "validation", "test"])),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair texts."""
    return texts.repair(records)


case = Case(
    name="words",
    title="Words",
    question="Which words are alike?",
    problem="vectors",
    metric="spearman",
    id="id",
    target="told",
    positive=None,
    views=("words",),
    contract=contract,
    clean=clean,
    published=(
        Published(
            figure="analogies",
            value=0.53,
            source="gensim issue 386",
            note="word2vec's demo settings on text8, 17 million words; ours are 2.8 million",
            told="reported",
        ),
    ),
    official="part",
    optional=("asked",),
)
