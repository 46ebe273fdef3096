"""Words: texts that they are learned from, and what is asked of them."""

from __future__ import annotations

import pandas as pd

from caselab.features.steps.asked_words import AskedWords
from caselab.features.steps.texts import texts, texts_shown
from caselab.features.steps.words import (
    Accents,
    Contractions,
    Normalize,
    Numbers,
    Punctuation,
    StopWords,
    Words,
)

plots = ()


def view(records: pd.DataFrame, *, column: str = "text", asked: str = "asked") -> pd.DataFrame:
    """Return texts, and what is asked of the words of each: nothing where it is to be learned from.

    Args:
        records: (n_samples, n_columns).
        column: that holds the texts.
        asked: that tells what is asked; records may lack it.

    Raises:
        UserError: there is no column of texts.
    """
    what = texts(records[[asked]]) if asked in records else [""] * len(records)
    shown = {"text": texts_shown(records, column, "words"), "asked": what}
    return pd.DataFrame(shown, index=records.index, dtype=object)


def transformer(
    *,
    lowercase: bool = True,
    accents: Accents = "keep",
    contractions: Contractions = "keep",
    numbers: Numbers = "mask",
    punctuation: Punctuation = "drop",
    stop_words: StopWords = "none",
    normalize: Normalize = "none",
) -> AskedWords:
    """Return what makes words of texts, as the view `text` does.

    Args:
        lowercase: turn capital letters into small ones.
        accents: `strip` takes the marks from letters.
        contractions: `expand` writes `don't` as `do not`.
        numbers: `mask` turns each digit into 0, so that numbers of equal length are one word;
            `drop` leaves out every word that holds a digit.
        punctuation: `keep` makes a word of each run of signs.
        stop_words: words to leave out: `english` for scikit-learn's list, or a list.
        normalize: turn a word into its `stem` (Snowball) or `lemma` (a dictionary's), both English.
    """
    return AskedWords(
        Words(
            lowercase=lowercase,
            accents=accents,
            contractions=contractions,
            numbers=numbers,
            punctuation=punctuation,
            stop_words=stop_words,
            normalize=normalize,
        )
    )
