"""The words of texts, beside what is asked of them."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from caselab.features.steps.texts import texts
from caselab.features.steps.words import Words


class AskedWords(TransformerMixin, BaseEstimator):
    """Texts as words between spaces, and what is asked of them, `(n_samples, 2)`.

    Args:
        words: makes words of a text.
    """

    def __init__(self, words: Words = Words()):  # noqa: B008  frozen
        self.words = words

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn nothing."""
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return the words of the column `text`, and the column `asked` as it is."""
        shown = np.empty((len(X), 2), dtype=object)
        shown[:, 0] = [" ".join(self.words.tokens(text)) for text in texts(X[["text"]])]
        shown[:, 1] = texts(X[["asked"]])
        return shown

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags
