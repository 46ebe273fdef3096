"""Ask what an emoji is called, from a drawing by a maker whose drawings were never seen.

What learns sees Twitter's drawings. It is judged by Google's: most are of emoji that it knows by
Twitter's hand, and a fifth of the emoji, with all tones of their skin, it has never seen at all.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from caselab.cases import Case

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

LEARNED, JUDGED = "twitter", "google"
NEW = 0.2
"""Share of the emoji that nothing learns from."""


def contract() -> pa.DataFrameSchema:
    """Return what every drawing must keep: an id, its maker, the bytes of a file, a name."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "maker": Column(str, Check.isin((LEARNED, JUDGED))),
            "emoji": Column(str),
            "name": Column(str, Check.str_length(1, 200)),
            "picture": Column(object),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Say what is learned from and what judges, and leave out what is neither."""
    if "maker" not in records:  # a question
        return records, {}
    judged = records["maker"] == JUDGED
    unused = ~judged & records["emoji"].map(is_new)
    parts = judged.map({True: "test", False: "train"})
    told = records.assign(part=parts, drawn=records["maker"] + " " + records["emoji"])
    return told[~unused], {"kept from what learns, to be new: left out": int(unused.sum())}


def is_new(emoji: str) -> bool:
    """Tell whether nothing learns from drawings of an emoji: by a hash of its code."""
    number = int.from_bytes(hashlib.sha256(emoji.encode()).digest()[:4], "big")
    return number < NEW * 2**32


case = Case(
    name="captions",
    title="Names of emoji",
    question="What is an emoji called, drawn by somebody whose drawings were never seen?",
    problem="generation",
    metric="chrf",
    id="id",
    target="name",
    positive=None,
    views=("pictures",),
    contract=contract,
    clean=clean,
    group="drawn",
    official="part",
    hidden=("maker", "emoji", "drawn"),
    optional=("maker", "emoji"),
)
