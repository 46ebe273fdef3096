"""Texts: cleaned and split into words, then counted, weighted, or looked up as ids.

A word of params.yaml is one argument of `transformer`; what it does to a text stands in
`steps/words.py`, what is learned of texts in `steps/vocabulary.py`.
"""

from typing import Annotated, Any, Literal

import pandas as pd
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from caselab.errors import UserError
from caselab.features import pretrained
from caselab.features.steps.language_analysis import LanguageAnalysis
from caselab.features.steps.texts import texts_shown
from caselab.features.steps.vocabulary import Counts, Raw, TokenIds
from caselab.features.steps.word_vectors import KnownTokenIds, MeanVectors
from caselab.features.steps.words import (
    Accents,
    Analyzer,
    Contractions,
    Normalize,
    Numbers,
    Punctuation,
    Sentences,
    StopWords,
    Words,
)
from caselab.params.search import OneOf

Represent = Literal[
    "tfidf",
    "counts",
    "tokens",
    "subwords",
    "contextual",
    "word_vectors",
    "language_analysis",
    "raw",
]
Documents = PositiveInt | Annotated[float, Interval(gt=0, le=1)]

TERMS = {"represent": ("tfidf", "counts", "tokens")}
WEIGHED = {"represent": ("tfidf", "counts")}
WORDS = {**WEIGHED, "analyzer": ("word",)}
"""Where a word of params.yaml says something, and a search may try it."""

plots = ("words.words", "words.examples")


def view(records: pd.DataFrame, *, column: str = "text") -> pd.DataFrame:
    """Return the one column of text that a model may see; a missing text is empty.

    Raises:
        UserError: there is no such column.
    """
    return pd.DataFrame({column: texts_shown(records, column, "text")}, index=records.index)


def transformer(
    *,
    represent: Represent = "tfidf",
    analysis: PositiveFloat | None = None,
    analyzer: Analyzer = "word",
    ngrams: Annotated[
        tuple[PositiveInt, PositiveInt], OneOf((1, 1), (1, 2), (1, 3), where=WORDS)
    ] = (1, 1),
    lowercase: bool = True,
    accents: Accents = "keep",
    contractions: Contractions = "keep",
    numbers: Numbers = "keep",
    punctuation: Punctuation = "drop",
    stop_words: Annotated[StopWords, OneOf("none", "english", where=WEIGHED)] = "none",
    normalize: Annotated[Normalize, OneOf("none", "stem", where=TERMS)] = "none",
    sentences: Sentences = "joined",
    first_sentences: PositiveInt | None = None,
    min_df: Annotated[Documents, OneOf(1, 2, 3, 5, where=TERMS)] = 1,
    max_df: Documents = 1.0,
    max_features: Annotated[PositiveInt | None, OneOf(None, 5000, 20_000, where=WEIGHED)] = None,
    sublinear_tf: Annotated[bool, OneOf(False, True, where={"represent": ("tfidf",)})] = False,
    length: PositiveInt = 200,
    backbone: str = "minilm",
    embeddings: str | None = None,
    spacy_pipeline: str = "en_core_web_sm",
) -> Any:
    """Return the unfitted transformer from one column of text to what a model takes.

    Args:
        represent: `tfidf` and `counts` of terms, sparse `(n_samples, n_terms)`; `tokens`, the ids
            of the first `length` words `(n_samples, width)`, 0 for padding and 1 for unknown
            words; `subwords`, the ids of the first `length` subwords that a `backbone` reads;
            `contextual`, what the backbone finds in those, the mean of their vectors `(n_samples,
            n_features)`; `word_vectors`, the mean of the words' vectors in `embeddings`, weighted by
            TF-IDF, `(n_samples, n_dimensions)`; `language_analysis`, shares of parts of speech and of
            relations between words, how many entities a text names of each type, the depth of its
            parse, and the words on top of it, sparse `(n_samples, n_columns)`; `raw`, the texts
            themselves. What subwords are made of, what a parser reads, and raw texts no word changes.
        analysis: beside the terms of `tfidf` or `counts` stand the columns of `language_analysis`,
            times this; None: they do not.
        analyzer: terms are words, characters, or characters within words.
        ngrams: the least and the most words or characters a term is made of.
        lowercase: turn capital letters into small ones.
        accents: `strip` takes the marks from letters.
        contractions: `expand` writes `don't` as `do not`.
        numbers: `mask` turns each digit into 0, so that numbers of equal length are one word;
            `drop` leaves out every word that holds a digit.
        punctuation: `keep` makes a word of each run of signs.
        stop_words: words to leave out: `english` for scikit-learn's list, or a list.
        normalize: turn a word into its `stem` (Snowball) or `lemma` (a dictionary's), both English.
        sentences: `apart` lets no n-gram reach over the end of a sentence.
        first_sentences: how many sentences of a text are read; None for all.
        min_df: least number of training texts a term stands in, or share of them.
        max_df: largest number of training texts a term stands in, or share of them.
        max_features: how many terms at most, the most frequent ones.
        sublinear_tf: count a term 1 + log(count) times, in `tfidf` and `word_vectors`.
        length: words of a text at most, in `tokens`; in `subwords` and `contextual` subwords, with
            its start and end.
        backbone: of the architecture `pretrained`, one that reads texts.
        embeddings: vectors of words that others have learned: `glove_6b_50d`, `word2vec_300d`, or a
            file in the format of word2vec or GloVe. In `tokens` its words have the first ids, for a
            network that names the same.
        spacy_pipeline: what tells parts of speech, parse and entities: `en_core_web_sm`, or a folder
            that spaCy's `to_disk` left.

    Source: Salton and Buckley (1988), Term-weighting approaches in automatic text retrieval.

    Raises:
        UserError: the range of n-grams is upside down, or asked of words one by one; vectors are
            asked for and not named, or named and not asked for; there are no terms beside which
            `analysis` could stand.
    """
    _check(represent, analyzer, ngrams, embeddings)
    _check_analysis(represent, analysis)
    words = Words(
        analyzer=analyzer,
        ngrams=ngrams,
        lowercase=lowercase,
        accents=accents,
        contractions=contractions,
        numbers=numbers,
        punctuation=punctuation,
        stop_words=stop_words,
        normalize=normalize,
        sentences=sentences,
        first_sentences=first_sentences,
    )
    terms: dict[str, Any] = {"min_df": min_df, "max_df": max_df, "max_features": max_features}
    if represent == "raw":
        return Raw()
    if represent in {"subwords", "contextual"}:
        return pretrained.load(represent).transformer(backbone, length)
    if represent == "tokens" and embeddings is not None:
        return KnownTokenIds(words, **terms, length=length, embeddings=embeddings)
    if represent == "tokens":
        return TokenIds(words, **terms, length=length)
    if represent == "word_vectors":
        assert embeddings is not None
        return MeanVectors(words, embeddings=embeddings, sublinear_tf=sublinear_tf)
    grammar = LanguageAnalysis(words, spacy_pipeline=spacy_pipeline, min_df=min_df)
    if represent == "language_analysis":
        return grammar
    counted: Any = Counts(words, **terms)
    if represent == "tfidf":
        weights = TfidfTransformer(sublinear_tf=sublinear_tf)
        counted = Pipeline([("counts", counted), ("weights", weights)])
    if analysis is None:
        return counted
    return FeatureUnion(
        [("terms", counted), ("analysis", grammar)],
        transformer_weights={"analysis": analysis},
        verbose_feature_names_out=False,
    )


def _check(represent: str, analyzer: str, ngrams: tuple[int, int], embeddings: str | None) -> None:
    """Refuse words of params.yaml that go against each other."""
    if ngrams[0] > ngrams[1]:
        raise UserError(f"features.ngrams are {ngrams}; give the smaller number first.")
    if represent in {"tokens", "word_vectors"} and (analyzer != "word" or ngrams != (1, 1)):
        raise UserError(
            f"features.represent {represent!r} takes words one by one; remove features.analyzer and "
            "features.ngrams, or represent the texts as tfidf or counts."
        )
    if embeddings is None and represent == "word_vectors":
        raise UserError(
            "features.represent 'word_vectors' needs vectors; set features.embeddings to "
            "glove_6b_50d, word2vec_300d or a file."
        )
    if embeddings is not None and represent not in {"tokens", "word_vectors"}:
        raise UserError(
            f"features.embeddings has no meaning where represent is {represent!r}; remove it, or set "
            "represent to tokens or word_vectors."
        )


def _check_analysis(represent: str, analysis: float | None) -> None:
    if analysis is not None and represent not in {"tfidf", "counts"}:
        raise UserError(
            f"features.analysis has no meaning where represent is {represent!r}; remove it, or set "
            "represent to tfidf, counts or language_analysis."
        )
