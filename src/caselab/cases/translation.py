"""Ask how a sentence of a user interface is said in German."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from caselab.cases import Case, Published

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

ENGLISH = (
    "a and are be been can for from has have if is it its no not of on only or that the this to when "
    "which with you your"
)
"""Words that stand in most English sentences and in no German one."""

GERMAN = (
    "das dem den der des ein eine einen einer eines für ist kann mit nicht oder und von werden wird "
    "wurde zu zum zur"
)
"""Words that stand in most German sentences and in no English one."""

LITTLE = {*ENGLISH.split(), "an", "in", "was", "will"}
"""English words by which sentences that say nearly the same may differ."""


def _other_than(language: str, others: str) -> str:
    """Return a pattern of sentences without two words of a language, or with one of the others."""
    word, other = (rf"\b(?:{'|'.join(each.split())})\b" for each in (language, others))
    return f"(?is)^(?:(?=.*{other})|(?!.*{word}.*{word}))"


def contract() -> pa.DataFrameSchema:
    """Return what every pair must keep: a sentence that is not German, and one that is not English."""
    from pandera.pandas import Check, Column, DataFrameSchema

    english = Check.str_matches(_other_than(GERMAN, ENGLISH), error="English, and not German")
    german = Check.str_matches(_other_than(ENGLISH, GERMAN), error="German, and not English")
    return DataFrameSchema(
        {
            "id": Column(str, unique=True),
            "english": Column(str, english),
            "german": Column(str, german),
        }
    )


def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Put beside each pair what it has in common with those that say nearly the same."""
    return records.assign(likeness=records["english"].map(content, na_action="ignore")), {}


def content(sentence: str) -> str:
    """Return the words of a sentence once each, in alphabetical order, without what tells little.

    That is signs, numbers, little words, and an s at the end.
    """
    words = set(re.findall(r"[^\W\d_]+", sentence.lower())) - LITTLE
    words = {word.rstrip("s") for word in words}
    return " ".join(sorted(words)) or sentence


case = Case(
    name="translation",
    title="Words of a user interface",
    question="How is a sentence of a user interface said in German?",
    problem="generation",
    metric="chrf",
    id="id",
    target="german",
    positive=None,
    views=("text",),
    contract=contract,
    clean=clean,
    group="likeness",
    hidden=("likeness",),
    published=tuple(
        Published(
            figure="bleu",
            value=value,
            source="bentrevett/pytorch-seq2seq, notebooks",
            note=f"{network}; Multi30k, descriptions of pictures, German to English, 29,000 pairs",
            told="reported",
        )
        for value, network in ((20.6, "GRU without attention"), (36.5, "Transformer"))
    ),
)
