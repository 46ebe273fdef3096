import pickle
import typing

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline

from caselab import features
from caselab.data import leakage
from caselab.errors import UserError
from caselab.features import text
from caselab.storage import archives

TEXTS = [
    "The dogs aren't barking. They're asleep!",
    "A cat sat on 2 mats, and a dog barked.",
    "",
    "Cats and dogs: 15 of them ran.",
] * 5
X = pd.DataFrame({"text": TEXTS})

WORDS = [
    {},
    {"represent": "counts", "ngrams": (1, 2), "min_df": 2, "max_df": 0.9},
    {"represent": "tokens", "length": 5},
    {"represent": "raw"},
    {"analyzer": "char_wb", "ngrams": (2, 4), "punctuation": "keep", "max_features": 50},
    {"analyzer": "char", "ngrams": (1, 3), "numbers": "mask", "accents": "strip"},
    {"normalize": "stem", "stop_words": "english", "contractions": "expand"},
    {"normalize": "lemma", "stop_words": ("cat",), "sentences": "apart", "first_sentences": 1},
    {"lowercase": False, "sublinear_tf": True},
]
every_wording = pytest.mark.parametrize(
    "words", WORDS, ids=lambda words: "-".join(words) or "plain"
)


def dense(found):
    return found.toarray() if hasattr(found, "toarray") else found


def test_text_is_a_modality():
    assert features.load("text") is text


def test_the_view_shows_the_one_column_and_missing_texts_are_empty():
    records = pd.DataFrame(
        {"text": ["a", None], "other": [1, 2], "review": ["b", "c"]}, index=[4, 9]
    )
    shown = text.view(records)
    assert shown.to_dict("list") == {"text": ["a", ""]}
    assert list(shown.index) == [4, 9]
    assert list(text.view(records, column="review")["review"]) == ["b", "c"]


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UserError, match=r"'text'.*have only 'body', 'title'.*`column`"):
        text.view(pd.DataFrame({"body": [], "title": []}))


def test_plain_tf_idf_is_that_of_scikit_learn():
    theirs = TfidfVectorizer(token_pattern=r"\w+(?:'\w+)*", ngram_range=(1, 2), sublinear_tf=True)
    ours = text.transformer(ngrams=(1, 2), sublinear_tf=True)
    np.testing.assert_allclose(dense(ours.fit_transform(X)), dense(theirs.fit_transform(TEXTS)))
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


@every_wording
def test_a_transformer_keeps_the_contract(words):
    transformer = text.transformer(**words)
    leakage.check_unfitted(transformer)
    fitted = transformer.fit_transform(X)
    again = transformer.transform(X)
    np.testing.assert_array_equal(dense(fitted), dense(again))
    assert len(dense(again)) == len(X)
    for row in range(4):  # alone as among others
        np.testing.assert_array_equal(
            dense(transformer.transform(X[row : row + 1]))[0], dense(again)[row]
        )
    strange = pd.DataFrame({"text": ["", "zebra žluťoučký 🦓 \x00", "x" * 10_000, None]})
    assert dense(transformer.transform(strange)).shape == (4, *dense(again).shape[1:])


@every_wording
def test_a_transformer_is_stored_without_pickle_in_bytes_that_repeat(words):
    fitted = text.transformer(**words).fit(X)
    fitted.transform(X)
    archive = archives.dumps(fitted, None)
    assert archive == archives.dumps(text.transformer(**words).fit(X), None)
    loaded = archives.loads(archive)
    np.testing.assert_array_equal(dense(loaded.transform(X)), dense(fitted.transform(X)))
    assert archives.dumps(loaded, None) == archive
    copied = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(dense(copied.transform(X)), dense(fitted.transform(X)))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"ngrams": (3, 2)}, r"features\.ngrams are \(3, 2\)"),
        ({"represent": "tokens", "ngrams": (1, 2)}, "words one by one"),
        ({"represent": "tokens", "analyzer": "char"}, "words one by one"),
    ],
)
def test_words_that_make_no_sense_together_are_refused(words, message):
    with pytest.raises(UserError, match=message):
        text.transformer(**words)


def test_every_word_of_params_is_read_somewhere():
    """A word that changes nothing would be a promise not kept."""
    plain = text.transformer()
    assert isinstance(plain, Pipeline)
    for word, annotation in typing.get_type_hints(text.transformer).items():
        choices = [c for c in typing.get_args(annotation) if isinstance(c, str)]
        for choice in choices[1:] if word not in {"represent"} else []:
            changed = text.transformer(**{word: choice})
            assert repr(changed.get_params()) != repr(plain.get_params()) or choice in {
                "keep",
                "drop",
                "none",
            }
