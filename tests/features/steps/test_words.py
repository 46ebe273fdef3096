import time

import pytest
from sklearn.feature_extraction.text import CountVectorizer

from caselab.features.steps.words import MOST_LETTERS, Words

TEXT = "The café's 2 dogs weren't barking, they RAN home!!! Running 07123 dogs."


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, ["the", "café's", "2", "dogs", "weren't", "barking", "they", "ran", "home"]),
        ({"lowercase": False}, ["The", "café's", "2", "dogs", "weren't", "barking", "they", "RAN"]),
        ({"accents": "strip"}, ["the", "cafe's", "2"]),
        (
            {"contractions": "expand"},
            ["the", "café's", "2", "dogs", "were", "not", "barking", "they"],
        ),
        ({"numbers": "mask"}, ["the", "café's", "0"]),
        ({"numbers": "drop"}, ["the", "café's", "dogs"]),
        ({"stop_words": "english"}, ["café's", "2", "dogs", "weren't", "barking", "ran", "home"]),
        ({"stop_words": ("DOGS", "the")}, ["café's", "2", "weren't", "barking", "they", "ran"]),
        ({"normalize": "stem"}, ["the", "café", "2", "dog", "weren't", "bark", "they", "ran"]),
        ({"normalize": "lemma", "contractions": "expand"}, ["the", "café", "2", "dog", "be"]),
    ],
)
def test_each_word_of_params_does_what_it_says(settings, found):
    assert Words(**settings)(TEXT)[: len(found)] == found


def test_signs_are_words_where_punctuation_is_kept():
    assert Words(punctuation="keep")("wow!!! ok :-)") == ["wow", "!!!", "ok", ":-)"]


def test_dropped_are_all_words_with_a_digit():
    assert Words(numbers="drop")("on the 1st of May 1861, 3.5 m by A4") == [
        "on",
        "the",
        "of",
        "may",
        "m",
        "by",
    ]


def test_masked_numbers_of_equal_length_are_one_word():
    words = Words(numbers="mask")
    assert words("call 07123456789") == words("call 08987654321") == ["call", "00000000000"]


@pytest.mark.parametrize("analyzer", ["char", "char_wb"])
@pytest.mark.parametrize("ngrams", [(1, 1), (2, 5)])
def test_characters_are_those_of_scikit_learn(analyzer, ngrams):
    text = "A cab,  is it? Yes; a \n cab"
    theirs = CountVectorizer(analyzer=analyzer, ngram_range=ngrams).build_analyzer()
    ours = Words(analyzer=analyzer, ngrams=ngrams, punctuation="keep")
    assert sorted(ours(text)) == sorted(theirs(text))


def test_words_and_their_n_grams_are_those_of_scikit_learn():
    theirs = CountVectorizer(ngram_range=(1, 3), token_pattern=r"\w+").build_analyzer()
    text = "one two three four, one two"
    assert sorted(Words(ngrams=(1, 3))(text)) == sorted(theirs(text))
    assert Words(ngrams=(2, 2))("one two three") == ["one two", "two three"]
    assert Words(ngrams=(2, 3))("one") == []


def test_no_n_gram_reaches_over_the_end_of_a_sentence_where_they_are_apart():
    text = "It rained. We left."
    assert "rained we" in Words(ngrams=(2, 2))(text)
    assert Words(ngrams=(2, 2), sentences="apart")(text) == ["it rained", "we left"]


@pytest.mark.parametrize("sentences", ["joined", "apart"])
def test_only_the_first_sentences_are_read_where_that_is_asked(sentences):
    words = Words(first_sentences=1, sentences=sentences)
    assert words("It rained. We left.") == words.tokens("It rained. We left.") == ["it", "rained"]


def test_a_word_longer_than_words_are_is_cut():
    assert Words()("a" * 1000) == ["a" * MOST_LETTERS]


@pytest.mark.parametrize("text", ["", "   ", "!?", "\n\n"])
def test_a_text_without_words_has_no_terms(text):
    for analyzer in ("word", "char", "char_wb"):
        assert [
            term for term in Words(analyzer=analyzer, ngrams=(1, 2))(text) if term.strip()
        ] == []


@pytest.mark.parametrize(
    "text",
    [
        "word " * 20_000,
        "a" * 100_000,
        "." * 100_000,
        "don't " * 16_000,
        "\n" * 100_000,
        "A. " * 33_000,
    ],
)
def test_a_long_text_takes_time_in_proportion(text):
    everything = Words(
        contractions="expand",
        accents="strip",
        punctuation="keep",
        normalize="stem",
        sentences="apart",
    )
    # Regular expressions make no calls that could be counted; minutes with the square of the length.
    start = time.process_time()
    everything(text)
    assert time.process_time() - start < 60
