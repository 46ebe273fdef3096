"""The most frequent tag of each word, which a tagger must beat."""

from __future__ import annotations

from collections import Counter
from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from caselab.learning.vocabulary import check_aligned, tokens


class FrequentTags(BaseEstimator):
    """Gives a word its most frequent tag of training, and an unknown one the most frequent of all.

    Attributes:
        words_: those of training, between spaces.
        tags_: of each its tag, between spaces.
        frequent_: the tag of unknown words.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Count the tags of each word of sentences (n_samples,) with tags (n_samples,) between spaces.

        Raises:
            UserError: a sentence has not one tag for each word.
        """
        check_consistent_length(X, y)
        sentences, tags = tokens(X), tokens(y)
        check_aligned(sentences, tags)
        pairs = Counter(
            (word, tag)
            for sentence, of_words in zip(sentences, tags, strict=True)
            for word, tag in zip(sentence, of_words, strict=True)
        )
        found: dict[str, str] = {}
        totals: Counter[str] = Counter()
        for (word, tag), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
            found.setdefault(word, tag)
            totals[tag] += count
        self.words_, self.tags_ = " ".join(found), " ".join(found.values())
        self.frequent_ = min(totals, key=lambda tag: (-totals[tag], tag))
        return self

    def predict(self, X: Any) -> list[list[str]]:
        """Return a tag for each word of each sentence."""
        check_is_fitted(self, "frequent_")
        tag_of = dict(zip(self.words_.split(), self.tags_.split(), strict=True))
        return [[tag_of.get(word, self.frequent_) for word in each] for each in tokens(X)]
