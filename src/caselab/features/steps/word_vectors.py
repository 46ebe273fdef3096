"""Words as others have learned their vectors: looked up as ids, or their mean for a text."""

from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.utils.validation import check_is_fitted

from caselab.data import word_vectors
from caselab.features.steps.texts import texts
from caselab.features.steps.vocabulary import TokenIds
from caselab.features.steps.words import Words


class KnownTokenIds(TokenIds):
    """Ids of a text's first words, those of a file of vectors first, as `TokenIds` gives them.

    The row of a word in the file, from 0, is its id less 2, so that a network can look it up; also of
    words that training has never seen. Words of training that the file lacks follow.

    Args:
        embeddings: the file, or the package; see `data/word_vectors.py`.

    Attributes:
        known_: the file's words, one a line.
    """

    def __init__(
        self,
        words: Words = Words(),  # noqa: B008  frozen
        *,
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        length: int = 200,
        embeddings: str,
    ):
        super().__init__(
            words, min_df=min_df, max_df=max_df, max_features=max_features, length=length
        )
        self.embeddings = embeddings

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Learn the words of these texts beside those of the file, and look them up.

        Raises:
            UserError: the vectors cannot be had.
        """
        self.known_ = "\n".join(word_vectors.read(self.embeddings).words)
        return super().fit_transform(X, y)

    @property
    def _first_terms(self) -> list[str]:
        return self.known_.split("\n")


class MeanVectors(TransformerMixin, BaseEstimator):
    """The mean of the vectors of a text's words, weighted by TF-IDF: `(n_samples, n_dimensions)`.

    The frequencies are those of training texts; a word that none of them holds weighs as a word of
    one text in all. Words without a vector are passed over; a text of none is all zeros.

    Args:
        words: makes words of a text.
        embeddings: a file of vectors, or a package; see `data/word_vectors.py`.
        sublinear_tf: count a word 1 + log(count) times.

    Attributes:
        known_: the file's words, one a line.
        idf_: the weight of each, `(n_words,)`.
        vectors_: of each, `(n_words, n_dimensions)`.
        pretrained_: their origin, licence and hash.
    """

    def __init__(
        self,
        words: Words = Words(),  # noqa: B008  frozen
        *,
        embeddings: str,
        sublinear_tf: bool = False,
    ):
        self.words = words
        self.embeddings = embeddings
        self.sublinear_tf = sublinear_tf

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made of `known_` when it is needed."""
        return {name: part for name, part in super().__getstate__().items() if name != "_places"}

    def fit(self, X: Any, y: Any = None) -> Self:
        """Take the vectors, and learn how often words come.

        Raises:
            UserError: the vectors cannot be had.
        """
        found = word_vectors.read(self.embeddings)
        self.known_, self.vectors_ = "\n".join(found.words), found.vectors
        self.pretrained_ = dict(found.told)
        self.idf_ = TfidfTransformer().fit(self._counts(X)).idf_
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the mean of each text."""
        check_is_fitted(self, "idf_")
        weigh = TfidfTransformer(norm="l1", sublinear_tf=self.sublinear_tf)
        weigh.idf_ = self.idf_
        means: np.ndarray = weigh.transform(self._counts(X)) @ self.vectors_.astype(np.float64)
        return means

    def _counts(self, X: Any) -> sparse.csr_matrix:
        if not hasattr(self, "_places"):
            known = self.known_.split("\n")
            self._places = {word: place for place, word in enumerate(known)}
        counter = CountVectorizer(
            analyzer=self.words.tokens, vocabulary=self._places, dtype=np.float64
        )
        counts = counter.transform(texts(X))
        counts.sort_indices()
        return counts
