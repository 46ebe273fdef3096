"""Which words stood in training: what is told of others is told of a word never seen."""

from itertools import chain
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from caselab.features.steps.texts import texts


class KnownWords(TransformerMixin, BaseEstimator):
    """Sentences `(n_samples, 1)` as they are; which words stood in those of training is kept.

    Attributes:
        words_: those of training, one a line; text, as vocabularies are stored.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Keep the words of these sentences."""
        known = set(chain.from_iterable(sentence.split() for sentence in texts(X)))
        self.words_ = "\n".join(sorted(known))
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the sentences `(n_samples, 1)`."""
        check_is_fitted(self, "words_")
        return np.array(texts(X), dtype=object).reshape(-1, 1)

    def known(self, X: Any) -> list[list[bool]]:
        """Tell of each word of the sentences whether it stood in those of training."""
        check_is_fitted(self, "words_")
        words = set(self.words_.split("\n"))
        return [[word in words for word in sentence.split()] for sentence in texts(X)]
