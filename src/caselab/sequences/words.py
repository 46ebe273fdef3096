"""Words as vectors: how alike two are, and which are nearest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any, Self, TypeAlias

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from caselab.data import word_vectors
from caselab.errors import UserError

Directions: TypeAlias = Any
"""Vectors of length 1, `(n_words, n_dimensions)`, or of length 0 where a word has none: an array, or a
sparse matrix of them."""

ANALOGY = "analogy"
MOST_WORDS = 20
"""Of a question; a longer text is one to learn from, and nothing is near to it."""

AT_ONCE = 256
"""Questions that are held against all words together."""


class Vectors:
    """Words, the commonest first, and a vector of each; as a file it is one of word2vec, binary.

    Args:
        words: without spaces.
        vectors: (n_words, n_dimensions).
    """

    state_suffix = ".word2vec"

    def __init__(self, words: Sequence[str], vectors: np.ndarray):
        self.words = tuple(words)
        self.vectors = vectors.astype(np.float32)
        self.places = {word: place for place, word in enumerate(self.words)}
        self.unit = of_length_one(self.vectors)

    def detach_state(self) -> bytes | None:
        """Give up words and vectors."""
        state = word_vectors.dumps(self.words, self.vectors)
        self.__dict__.clear()
        return state

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave."""
        Vectors.__init__(self, *word_vectors.loads(state))


class WordModel(BaseEstimator):
    """What learns a vector of each word from texts.

    It is given words between spaces beside what is asked of them, `(n_samples, 2)`, and learns from
    those of which nothing is asked.

    Attributes:
        vectors_: the words that are known, and their vectors.
    """

    least: int
    """Times that a word must come to be known."""

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Learn from texts.

        Raises:
            UserError: no two words come often enough.
        """
        del y
        texts = [str(words).split() for words, asked in X if not asked]
        known = commonest(texts, self.least)
        if len(known) < 2:
            raise UserError(
                f"No two words stand {self.least} times or more in the {len(texts):,} texts to learn "
                "from; lower model.least, or add texts."
            )
        self.vectors_ = self._learned(texts, known)
        return self

    def _learned(self, texts: list[list[str]], known: list[str]) -> Vectors:
        """Return vectors of the known words, of which the commonest comes first."""
        raise NotImplementedError

    def knows(self, word: str) -> bool:
        """Tell whether a word has a vector."""
        check_is_fitted(self, "vectors_")
        return word in self.vectors_.places

    def directions(self, words: Sequence[str]) -> Directions:
        """Return the directions of words, of unknown ones zeros."""
        check_is_fitted(self, "vectors_")
        places = [self.vectors_.places.get(word, -1) for word in words]
        rows = [row for row, place in enumerate(places) if place >= 0]
        columns = [place for place in places if place >= 0]
        shape = (len(words), len(self.vectors_.words))
        chosen = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        found: Directions = chosen @ self._unit
        return found

    def nearest(
        self, queries: Directions, without: Sequence[Collection[str]], n: int
    ) -> list[list[tuple[str, float]]]:
        """Return for each query the `n` known words with the greatest cosine, above 0, and that.

        Args:
            queries: (n_queries, n_dimensions), of any length.
            without: the words that are not told, of each query.
            n: how many.
        """
        found = []
        for start in range(0, queries.shape[0], AT_ONCE):
            part = queries[start : start + AT_ONCE]
            length = np.sqrt(_products(part, part))
            cosines = part @ self._unit.T
            if sparse.issparse(cosines):
                cosines = cosines.toarray()
            cosines /= np.where(length > 0, length, 1)[:, np.newaxis]
            for row, passed in zip(cosines, without[start : start + AT_ONCE], strict=True):
                places = map(self.vectors_.places.get, passed)
                row[[place for place in places if place is not None]] = -1
                found.append(self._greatest(row, n))
        return found

    def remarks(self, X: np.ndarray) -> dict[int, str]:
        """Return what is to be told of questions: words without a vector, or too few words."""
        told = {}
        for row, (text, asked) in enumerate(X):
            words = str(text).split()
            if len(words) > MOST_WORDS:
                told[row] = (
                    f"the text has {len(words)} words, and {MOST_WORDS} are the most to ask of"
                )
                continue
            notes = [note for word in dict.fromkeys(words) if (note := self._remark(word))]
            if not words:
                notes.append("there is no word in the text")
            elif asked == ANALOGY and len(words) not in (3, 4):
                notes.append(f"an analogy is of three words or four, and the text has {len(words)}")
            elif asked and asked != ANALOGY and len(words) != 2:
                notes.append(f"two words are compared, and the text has {len(words)}")
            if notes:
                told[row] = "; ".join(notes)
        return told

    def _remark(self, word: str) -> str | None:
        """Return what is to be told of a word, if anything."""
        if self.knows(word):
            return None
        return f"{word!r} has no vector: training holds it fewer than {self.least} times"

    def _greatest(self, cosines: np.ndarray, n: int) -> list[tuple[str, float]]:
        """Return the words with the greatest cosines (n_words,); of equal ones the commoner."""
        rounded = cosines.round(9)
        n = min(n, len(rounded))
        bound = np.partition(rounded, len(rounded) - n)[len(rounded) - n]
        places = np.flatnonzero((rounded >= bound) & (rounded > 0))
        order = places[np.argsort(-rounded[places], kind="stable")][:n]
        return [(self.vectors_.words[place], float(rounded[place])) for place in order]

    @property
    def _unit(self) -> Directions:
        """The directions of all known words."""
        return self.vectors_.unit


def cosines(one: Directions, other: Directions) -> np.ndarray:
    """Return the cosine of each row of `one` with that of `other`; both are directions."""
    return np.clip(_products(one, other), -1, 1)


def commonest(texts: Sequence[Sequence[str]], least: int) -> list[str]:
    """Return the words that stand `least` times in the texts, the commonest first."""
    counts = Counter(chain.from_iterable(texts))
    kept = [(-count, word) for word, count in counts.items() if count >= least]
    return [word for _, word in sorted(kept)]


def _products(one: Directions, other: Directions) -> np.ndarray:
    """Return the dot product of each row of `one` with that of `other`."""
    if sparse.issparse(one):
        return np.asarray(one.multiply(other).sum(axis=1)).ravel()
    found: np.ndarray = (one * other).sum(axis=1)
    return found


def of_length_one(vectors: np.ndarray) -> np.ndarray:
    """Return vectors brought to length 1, in double precision."""
    exact = vectors.astype(np.float64)
    length = np.sqrt((exact**2).sum(axis=1, keepdims=True))
    found: np.ndarray = exact / np.where(length > 0, length, 1)
    return found
