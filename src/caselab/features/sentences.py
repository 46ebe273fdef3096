"""Sentences word by word: what gives each word an answer of its own."""

from __future__ import annotations

import pandas as pd
from pydantic import PositiveInt

from caselab.data import tagged
from caselab.errors import RowError
from caselab.features.steps.known_words import KnownWords
from caselab.features.steps.texts import texts_shown

plots = ("tagged.errors",)


def view(
    records: pd.DataFrame, *, column: str = "text", longest: PositiveInt = 500
) -> pd.DataFrame:
    """Return the sentences of a column, with one space between words and signs.

    Args:
        records: (n_samples, n_columns).
        column: that holds the sentences.
        longest: words that are taken of a sentence.

    Raises:
        UserError: there is no such column.
        RowError: a sentence has no word, or more than the `longest`.
    """
    sentences = [tagged.words(text) for text in texts_shown(records, column, "sentences")]
    notes = {
        row: _note(len(sentence), longest)
        for row, sentence in enumerate(sentences)
        if not 0 < len(sentence) <= longest
    }
    if notes:
        first = min(notes)
        where = f"row {first + 1:,} of {len(records):,}"
        raise RowError(f"In {where} {notes[first]}.", notes, where)
    joined = [" ".join(sentence) for sentence in sentences]
    return pd.DataFrame({column: joined}, index=records.index, dtype=object)


def transformer() -> KnownWords:
    """Return what hands sentences on, and keeps which words it learned from."""
    return KnownWords()


def _note(n_words: int, longest: int) -> str:
    if n_words == 0:
        return "the sentence is empty; give it words, or leave the row out"
    return (
        f"the sentence has {n_words:,} words, and {longest:,} are the most that are read; split it, "
        "or raise `longest` in the view's block of params.yaml"
    )
