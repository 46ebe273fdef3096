"""How words are spelt: parts by which a word that was never read tells something of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from caselab.learning.vocabulary import Vocabulary

PARTS = ("word", "beginning", "ending of 1", "ending of 2", "ending of 3", "shape")
MOST_SIGNS = 6
"""Of a shape."""


def parts(word: str) -> tuple[str, ...]:
    """Return the word in small letters, its first letters, its last ones, and its shape.

    The shape has an X for capital letters that follow each other, an x for small ones, a 0 for digits,
    and other signs as they are: `McKay's` is XxXx'x.

    Source: Collobert et al. (2011), Natural language processing (almost) from scratch, section 6.1.
    """
    small = word.lower()
    return (small, small[:3], small[-1:], small[-2:], small[-3:], _shape(word))


def _shape(word: str) -> str:
    signs: list[str] = []
    for letter in word:
        sign = letter
        if letter.isdigit():
            sign = "0"
        elif letter.isalpha():
            sign = "X" if letter.isupper() else "x"
        if signs[-1:] != [sign]:
            signs.append(sign)
    return "".join(signs[:MOST_SIGNS])


def vocabularies(sequences: Iterable[Sequence[str]], least: int) -> list[Vocabulary]:
    """Return the vocabulary of each of the `PARTS`; what comes less often than `least` is unknown."""
    spelt = [[parts(word) for word in sequence] for sequence in sequences]
    return [
        Vocabulary.of(([word[place] for word in sequence] for sequence in spelt), least)
        for place in range(len(PARTS))
    ]


def ids(sequences: Iterable[Sequence[str]], known: Sequence[Vocabulary]) -> list[np.ndarray]:
    """Return the ids of each word's parts, one array (time, parts) for each sequence."""
    spelt = [[parts(word) for word in sequence] for sequence in sequences]
    by_part = [
        vocabulary.ids([word[place] for word in sequence] for sequence in spelt)
        for place, vocabulary in enumerate(known)
    ]
    return [np.stack(of_parts, axis=1) for of_parts in zip(*by_part, strict=True)]
