"""Vocabulary: the terms that training texts hold, counted or looked up as ids."""

from collections import Counter
from itertools import chain
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from caselab.errors import UserError
from caselab.features.steps.texts import texts
from caselab.features.steps.words import Words
from caselab.learning.vocabulary import PADDING, UNKNOWN

NO_TERMS = (
    "No term is left of the training texts; lower features.min_df, raise features.max_df, or ask "
    "for fewer stop words."
)
SCIKIT_LEARN_SAYS_SO = ("empty vocabulary", "no terms remain", "< documents than min_df")


class Vocabulary(TransformerMixin, BaseEstimator):
    """Terms of training texts that stand in enough of them.

    Args:
        words: makes terms of a text.
        min_df: least number of texts a term stands in, or share of them where it is below 1.
        max_df: largest share of texts, or number where it is above 1.
        max_features: how many terms at most, the most frequent ones; None for all.

    Attributes:
        terms_: one a line; text, because a list of them takes skops as much space again for each.
    """

    def __init__(
        self,
        words: Words = Words(),  # noqa: B008  frozen
        *,
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
    ):
        self.words = words
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made of `terms_` when it is needed."""
        return {name: part for name, part in super().__getstate__().items() if name != "_places"}

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the terms, in the order of their columns or ids."""
        check_is_fitted(self, "terms_")
        return np.array(self._terms, dtype=object)

    @property
    def _terms(self) -> list[str]:
        return self.terms_.split("\n") if self.terms_ else []


class Counts(Vocabulary):
    """How often each term stands in a text: a sparse matrix `(n_samples, n_terms)` of floats."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the terms of these texts, in alphabetical order."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> sparse.csr_matrix:
        """Learn the terms of these texts, and count them.

        Raises:
            UserError: no term is left.
        """
        counter = CountVectorizer(
            analyzer=self.words,
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
            dtype=np.float64,
        )
        try:
            counts = counter.fit_transform(texts(X))
        except ValueError as error:
            if any(words in str(error) for words in SCIKIT_LEARN_SAYS_SO):
                raise UserError(NO_TERMS) from None
            raise
        terms = sorted(counter.vocabulary_, key=counter.vocabulary_.__getitem__)
        self._learn(terms)
        counts.sort_indices()  # as `transform` leaves them: sums of a row come out alike
        return counts

    def transform(self, X: Any) -> sparse.csr_matrix:
        """Count the known terms; others are passed over."""
        check_is_fitted(self, "terms_")
        if not hasattr(self, "_places"):
            self._learn(self._terms)
        counter = CountVectorizer(analyzer=self.words, vocabulary=self._places, dtype=np.float64)
        return counter.transform(texts(X))

    def _learn(self, terms: list[str]) -> None:
        self.terms_ = "\n".join(terms)
        self._places = {term: place for place, term in enumerate(terms)}


class TokenIds(Vocabulary):
    """The ids of a text's first words, in their order: integers `(n_samples, width)`.

    0 is padding on the right and 1 any word that is unknown; known words follow, the most frequent
    first. A text without a word is one unknown word, so that there is something to look at.

    Args:
        length: how many words of a text at most.

    Attributes:
        width_: columns, the most words of a training text, `length` at most.
    """

    gives_ids = True

    def __init__(
        self,
        words: Words = Words(),  # noqa: B008  frozen
        *,
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        length: int = 200,
    ):
        super().__init__(words, min_df=min_df, max_df=max_df, max_features=max_features)
        self.length = length

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the words of these texts and their ids."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Learn the words of these texts, and look them up."""
        words = self._words(X)
        self.width_ = max(map(len, words), default=1)
        found = Counter(chain.from_iterable(set(of_text) for of_text in words))
        del found[""]
        for word in self._first_terms:
            del found[word]
        low, high = _bound(self.min_df, len(words)), _bound(self.max_df, len(words))
        kept = [(-count, word) for word, count in found.items() if low <= count <= high]
        self.terms_ = "\n".join(word for _, word in sorted(kept)[: self.max_features])
        self._places = self._ids()
        return self._looked_up(words)

    def transform(self, X: Any) -> np.ndarray:
        """Look up the words of these texts."""
        check_is_fitted(self, "terms_")
        if not hasattr(self, "_places"):
            self._places = self._ids()
        return self._looked_up(self._words(X))

    def remarks(self, X: Any) -> dict[int, str]:
        """Return what is to be told of texts that are not read to their end, by their place."""
        check_is_fitted(self, "width_")
        counts = [len(self.words.tokens(text)) for text in texts(X)]
        return {
            row: f"the text has {count:,} words, of which the first {self.width_:,} are read"
            for row, count in enumerate(counts)
            if count > self.width_
        }

    @property
    def _first_terms(self) -> list[str]:
        """The words whose ids come first, whatever training holds."""
        return []

    def _words(self, X: Any) -> list[list[str]]:
        return [self.words.tokens(text)[: self.length] or [""] for text in texts(X)]

    def _ids(self) -> dict[str, int]:
        terms = [*self._first_terms, *self._terms]
        return {word: number for number, word in enumerate(terms, UNKNOWN + 1)}

    def _looked_up(self, words: list[list[str]]) -> np.ndarray:
        ids = np.full((len(words), self.width_), PADDING, dtype=np.int64)
        for row, of_text in zip(ids, words, strict=True):
            known = [self._places.get(word, UNKNOWN) for word in of_text[: self.width_]]
            row[: len(known)] = known
        return ids


class Raw(TransformerMixin, BaseEstimator):
    """The texts themselves `(n_samples, 1)`, for what reads texts."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn nothing."""
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the texts as strings."""
        return np.array(texts(X), dtype=object).reshape(-1, 1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def _bound(value: int | float, n_texts: int) -> float:
    """Return a number of texts; a float up to 1, as scikit-learn has it, is a share of them."""
    return value * n_texts if isinstance(value, float) and value <= 1 else value
