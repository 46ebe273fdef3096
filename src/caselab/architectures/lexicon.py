"""Sentiment lexicon: rated words and rules of grammar. Nothing is learned of the texts."""

from functools import lru_cache
from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Interval
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from caselab.params.search import Between

MOST_LETTERS = 10_000
"""Of a text: VADER, made for sentences, takes time with the square of the number of words."""
LEAST_TRUST = 0.5
"""Half the probability keeps the verdict the likeliest class, whatever the shares are."""


def classification(
    *,
    threshold: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.5)] = 0.05,
    negative: str = "negative",
    neutral: str = "neutral",
    positive: str = "positive",
) -> "Lexicon":
    """Call a text positive or negative from VADER's compound score of `threshold` or minus it on.

    `negative`, `neutral` and `positive` are the names of the case's classes. Takes texts as they stand (`features.represent: raw`): capital letters and signs count.

    Source: Hutto and Gilbert (2014), VADER: a parsimonious rule-based model for sentiment analysis
    of social media text; the threshold is that of the package vaderSentiment's page.
    """
    return Lexicon(threshold=threshold, negative=negative, neutral=neutral, positive=positive)


class Lexicon(ClassifierMixin, BaseEstimator):
    """VADER's verdict; training rows tell only how far it is to be believed.

    A text's answer is the verdict with the probability `trust_`, and the classes' shares in
    training for the rest; so the verdict is always the likeliest class.
    """

    def __init__(
        self,
        *,
        threshold: float = 0.05,
        negative: str = "negative",
        neutral: str = "neutral",
        positive: str = "positive",
    ):
        self.threshold = threshold
        self.negative = negative
        self.neutral = neutral
        self.positive = positive

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the classes, their shares, and how often the verdict is right.

        Raises:
            ValueError: a class is none of the three.
        """
        y = np.asarray(y)
        self.classes_, label = np.unique(y, return_inverse=True)
        unknown = sorted({*self.classes_} - {self.negative, self.neutral, self.positive})
        if unknown:
            raise ValueError(
                f"the lexicon tells {self.negative}, {self.neutral} and {self.positive}, "
                f"and y holds {str(unknown[0])!r}"
            )
        self.shares_ = np.bincount(label) / len(label)
        self.trust_ = max(LEAST_TRUST, float(np.mean(self._verdicts(X) == y)))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities `(n_samples, n_classes)` of texts `(n_samples,)` or `(n_samples, 1)`."""
        check_is_fitted(self)
        verdict = self._verdicts(X)[:, np.newaxis] == self.classes_
        return self.trust_ * verdict + (1 - self.trust_) * self.shares_

    def predict(self, X: Any) -> np.ndarray:
        """Return the verdict on each text."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def scores(self, X: Any) -> np.ndarray:
        """Return VADER's compound scores, from -1 to 1, `(n_samples,)`."""
        texts = np.asarray(X, dtype=object).reshape(-1)
        polarity = _analyzer().polarity_scores
        return np.array([polarity(str(text)[:MOST_LETTERS])["compound"] for text in texts])

    def _verdicts(self, X: Any) -> np.ndarray:
        scores = self.scores(X)
        verdicts = np.full(len(scores), self.neutral, dtype=object)
        verdicts[scores >= self.threshold] = self.positive
        verdicts[scores <= -self.threshold] = self.negative
        return verdicts

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
