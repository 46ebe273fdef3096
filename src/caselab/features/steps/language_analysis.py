"""What a parser finds in a text: parts of speech, relations between words, entities."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from caselab.data import spacy_pipelines
from caselab.features.steps.texts import texts
from caselab.features.steps.vocabulary import Counts
from caselab.features.steps.words import Words

PARTS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM"),
    *("PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)
"""Parts of speech, as Universal Dependencies has them."""

MOST_REMEMBERED = 2**15
"""Texts of which what was found stays in memory; those of a case are asked for again in every fold."""

_remembered: dict[tuple[str, str], _Found] = {}


class _Found(NamedTuple):
    """Of a text."""

    numbers: np.ndarray
    heads: str
    """Words on top, each behind its relation, one a line."""


class Heads(Words):
    """Turn words on top of a parse into terms, cleaned and normalised as `Words` are."""

    def __call__(self, text: str) -> list[str]:
        """Return the terms of lines such as `nsubj=Cities`: `nsubj=citi`, where stems are asked."""
        pairs = (line.partition("=") for line in text.splitlines())
        cleaned = ((relation, " ".join(self.tokens(word))) for relation, _, word in pairs)
        return [f"{relation}={word}" for relation, word in cleaned if word]


class LanguageAnalysis(TransformerMixin, BaseEstimator):
    """Numbers of a text's grammar, and the words on top of its parse: `(n_samples, n_columns)`, sparse.

    Columns are the shares of its tokens that are of a part of speech (`pos=NOUN`) and in a relation to
    another (`dep=nsubj`), how many entities it names of a type (`ent=PERSON`), the depth of its parse
    (`depth`), all brought to 1 at most in training, and, as 1 or 0, which words of training texts a
    sentence hangs on: its root and what depends on that, each with its relation (`nsubj=city`).

    Args:
        words: makes terms of the words on top.
        spacy_pipeline: what reads texts; see `data/spacy_pipelines.py`.
        min_df: least number of training texts that such a word stands in.

    Attributes:
        columns_: names of the numbers, one a line.
        largest_: of each in training.
        heads_: the words on top.
        pretrained_: origin, licence and hash of the pipeline.

    Source: Honnibal, Montani, Van Landeghem and Boyd (2020), spaCy; Huang, Thint and Qin (2008),
    Question classification using head words and their hypernyms.
    """

    state_suffix = ".spacy"

    def __init__(
        self,
        words: Words = Words(),  # noqa: B008  frozen
        *,
        spacy_pipeline: str = "en_core_web_sm",
        min_df: int | float = 1,
    ):
        self.words = words
        self.spacy_pipeline = spacy_pipeline
        self.min_df = min_df

    def fit(self, X: Any, y: Any = None) -> Self:
        """Bring the pipeline, and learn the words on top of these texts.

        Raises:
            UserError: it cannot be had.
        """
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> sparse.csr_matrix:
        """Bring the pipeline, learn the words on top of these texts, and read them."""
        found = spacy_pipelines.read(self.spacy_pipeline)
        self.archive_, self.pretrained_ = found.archive, dict(found.told)
        self.columns_ = "\n".join(_columns(spacy_pipelines.load(self.archive_)))
        read = self._read(X)
        largest = np.max([each.numbers for each in read], axis=0)
        self.largest_ = np.where(largest > 0, largest, 1.0)
        self.heads_ = Counts(Heads(**vars(self.words)), min_df=self.min_df)
        self.heads_.fit([each.heads for each in read])
        return self._joined(read)

    def transform(self, X: Any) -> sparse.csr_matrix:
        """Read these texts; words that training texts had not on top are passed over."""
        check_is_fitted(self, "archive_")
        return self._joined(self._read(X))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns."""
        check_is_fitted(self, "heads_")
        numbers = np.array(self.columns_.split("\n"), dtype=object)
        return np.concatenate([numbers, self.heads_.get_feature_names_out()])

    def detach_state(self) -> bytes | None:
        """Give up the pipeline's files."""
        if not hasattr(self, "archive_"):
            return None
        state = self.archive_
        del self.archive_
        return state

    def attach_state(self, state: bytes) -> None:
        """Take them back."""
        self.archive_ = state

    def _joined(self, read: list[_Found]) -> sparse.csr_matrix:
        heads = self.heads_.transform([each.heads for each in read])
        heads.data[:] = 1
        numbers = sparse.csr_matrix(np.stack([each.numbers for each in read]) / self.largest_)
        return sparse.hstack([numbers, heads], format="csr")

    def _read(self, X: Any) -> list[_Found]:
        """Return what is found in each text; the pipeline reads those that are not remembered."""
        asked = texts(X)
        by = self.pretrained_["sha256"]
        known = {text: _remembered[by, text] for text in asked if (by, text) in _remembered}
        new = [text for text in dict.fromkeys(asked) if text not in known]
        if new:
            language = spacy_pipelines.load(self.archive_)
            place = {name: number for number, name in enumerate(self.columns_.split("\n"))}
            for text, document in zip(new, language.pipe(new), strict=True):
                known[text] = _remembered[by, text] = _found(document, place)
        while len(_remembered) > MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
        return [known[text] for text in asked]


def _columns(language: Any) -> list[str]:
    labels = language.pipe_labels
    relations, entities = (sorted(set(labels.get(name, ()))) for name in ("parser", "ner"))
    return [
        *(f"pos={part}" for part in PARTS),
        *(f"dep={relation}" for relation in relations),
        *(f"ent={entity}" for entity in entities),
        "depth",
    ]


def _found(document: Any, place: dict[str, int]) -> _Found:
    numbers = np.zeros(len(place))
    heads = []
    for token, depth in zip(document, _depths(document), strict=True):
        for name in (f"pos={token.pos_}", f"dep={token.dep_}"):
            if name in place:
                numbers[place[name]] += 1 / len(document)
        numbers[place["depth"]] = max(numbers[place["depth"]], depth)
        if depth < 2 and not token.is_punct:
            heads.append(f"{token.dep_}={token.text}")
    for entity in document.ents:
        if (name := f"ent={entity.label_}") in place:
            numbers[place[name]] += 1
    return _Found(numbers, "\n".join(heads))


def _depths(document: Any) -> list[int]:
    """Return how many words stand above each word, in one walk over all."""
    depths: dict[int, int] = {}
    for token in document:
        below = []
        while token.i not in depths and token.head.i != token.i:
            below.append(token.i)
            token = token.head
        depth = depths.setdefault(token.i, 0)
        depths |= {i: depth + up for up, i in enumerate(reversed(below), start=1)}
    return [depths[token.i] for token in document]
