"""Tokenization: a text cleaned, split into words, normalised, and joined to n-grams.

Every step is one linear pass, so that a text of a million characters takes a second; what a word
becomes is remembered, because a text repeats its words.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from caselab.features.steps import contractions, sentences

Analyzer = Literal["word", "char", "char_wb"]
Accents = Literal["keep", "strip"]
Contractions = Literal["keep", "expand"]
Numbers = Literal["keep", "mask", "drop"]
Punctuation = Literal["keep", "drop"]
Normalize = Literal["none", "stem", "lemma"]
Sentences = Literal["joined", "apart"]
StopWords = Literal["none", "english"] | tuple[str, ...]

MOST_LETTERS = 50
"""Of a word; what is longer is no word and is cut, so that no vocabulary is made of such."""

_WORD = re.compile(r"\w+(?:'\w+)*")
_WORD_OR_SIGNS = re.compile(r"\w+(?:'\w+)*|[^\w\s]+")
_DIGIT = re.compile(r"\d")
_WITH_DIGIT = re.compile(r"\b\w*\d\w*")
_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc`", "'"))


@dataclass(frozen=True)
class Words:
    """Turn a text into terms, as the words of params.yaml say; see `features.text.transformer`."""

    analyzer: Analyzer = "word"
    ngrams: tuple[int, int] = (1, 1)
    lowercase: bool = True
    accents: Accents = "keep"
    contractions: Contractions = "keep"
    numbers: Numbers = "keep"
    punctuation: Punctuation = "drop"
    stop_words: StopWords = "none"
    normalize: Normalize = "none"
    sentences: Sentences = "joined"
    first_sentences: int | None = None

    def __call__(self, text: str) -> list[str]:
        """Return the terms of a text in the order they stand: words or characters, and n-grams."""
        if self.sentences == "joined":
            parts = [self._shortened(text)]
        else:
            parts = sentences.split(text)[: self.first_sentences]
        return [term for part in parts for term in self._terms(part)]

    def tokens(self, text: str) -> list[str]:
        """Return the words of a text, cleaned and normalised, without n-grams."""
        return self._tokens(self._cleaned(self._shortened(text)))

    def _shortened(self, text: str) -> str:
        if self.first_sentences is None:
            return text
        return " ".join(sentences.split(text)[: self.first_sentences])

    def _terms(self, text: str) -> list[str]:
        low, high = self.ngrams
        text = self._cleaned(text)
        if self.analyzer == "word":
            return _joined(self._tokens(text), low, high)
        if self.punctuation == "drop" or self._stopped or self.normalize != "none":
            text = " ".join(self._tokens(text))
        if self.analyzer == "char":
            return _slices(_SPACES.sub(" ", text), low, high)
        return [
            term
            for word in text.split()
            for term in _slices_of_word(word[:MOST_LETTERS], low, high)
        ]

    def _cleaned(self, text: str) -> str:
        text = text.translate(_APOSTROPHES)
        if self.lowercase:
            text = text.lower()
        if self.contractions == "expand":
            text = contractions.expand(text)
        if self.accents == "strip":
            text = strip_accents(text)
        if self.numbers == "mask":
            return _DIGIT.sub("0", text)
        return _WITH_DIGIT.sub(" ", text) if self.numbers == "drop" else text

    def _tokens(self, text: str) -> list[str]:
        pattern = _WORD if self.punctuation == "drop" else _WORD_OR_SIGNS
        words = [word[:MOST_LETTERS] for word in pattern.findall(text)]
        if stopped := self._stopped:
            words = [word for word in words if word.lower() not in stopped]
        if self.normalize == "none":
            return words
        normalized = _stem if self.normalize == "stem" else _lemma
        return [normalized(word) for word in words]

    @property
    def _stopped(self) -> frozenset[str]:
        return _stop_words(self.stop_words)


def strip_accents(text: str) -> str:
    """Return the letters without their marks: `café` is `cafe`."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _joined(words: list[str], low: int, high: int) -> list[str]:
    """Return the n-grams of `low` to `high` words, each joined by a space."""
    terms = words[:] if low == 1 else []
    for n in range(max(low, 2), high + 1):
        terms += map(" ".join, zip(*(words[start:] for start in range(n)), strict=False))
    return terms


def _slices(text: str, low: int, high: int) -> list[str]:
    """Return the n-grams of `low` to `high` characters."""
    return [
        text[start : start + n] for n in range(low, high + 1) for start in range(len(text) - n + 1)
    ]


@lru_cache(maxsize=2**15)
def _slices_of_word(word: str, low: int, high: int) -> list[str]:
    """Return the n-grams of a word with a space on each side, once the word itself if it is shorter."""
    padded = f" {word} "
    longest = min(high, max(low, len(padded)))
    return [
        padded[start : start + n]
        for n in range(low, longest + 1)
        for start in range(max(1, len(padded) - n + 1))
    ]


@lru_cache(maxsize=8)
def _stop_words(named: StopWords) -> frozenset[str]:
    if isinstance(named, str):
        return ENGLISH_STOP_WORDS if named == "english" else frozenset()
    return frozenset(word.lower() for word in named)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from snowballstemmer import stemmer

    return stemmer("english")


@lru_cache(maxsize=2**17)
def _stem(word: str) -> str:
    """Return the stem of an English word (Porter, 2001: Snowball)."""
    stem: str = _stemmer().stemWord(word)
    return stem


@lru_cache(maxsize=2**17)
def _lemma(word: str) -> str:
    """Return the form of an English word that a dictionary lists (simplemma)."""
    from simplemma import lemmatize

    lemma: str = lemmatize(word, lang="en")
    return lemma
