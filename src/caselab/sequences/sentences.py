"""Sentences and their tags as lists of words, as taggers take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from caselab.errors import UserError


def words(X: Any) -> list[list[str]]:
    """Return the words of sentences (n_samples,) or (n_samples, 1), which stand between spaces."""
    return [str(sentence).split() for sentence in np.ravel(np.asarray(X, dtype=object))]


def aligned(X: Any, y: Any) -> tuple[list[list[str]], list[list[str]]]:
    """Return the words of sentences, and a tag for each.

    Raises:
        UserError: a sentence has not one tag for each word.
    """
    sentences, tags = words(X), words(y)
    for row, (sentence, of_words) in enumerate(zip(sentences, tags, strict=True)):
        if len(sentence) != len(of_words):
            raise UserError(
                f"Sentence {row + 1:,} has {len(sentence)} words and {len(of_words)} tags; give one "
                "tag for each word."
            )
    return sentences, tags
