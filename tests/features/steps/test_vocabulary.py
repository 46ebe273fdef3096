import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer

from caselab.errors import UserError
from caselab.features.steps.texts import texts
from caselab.features.steps.vocabulary import PADDING, UNKNOWN, Counts, Raw, TokenIds
from caselab.features.steps.words import Words

TEXTS = ["a cat and a dog", "a dog barks", "the cat", "", None]
X = pd.DataFrame({"text": TEXTS})


def test_counts_are_those_of_scikit_learn():
    theirs = CountVectorizer(token_pattern=r"\w+", min_df=2, ngram_range=(1, 2))
    expected = theirs.fit_transform(texts(X)).toarray()
    ours = Counts(Words(ngrams=(1, 2)), min_df=2)
    np.testing.assert_array_equal(ours.fit_transform(X).toarray(), expected)
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    np.testing.assert_array_equal(clone(ours).fit(X).transform(X).toarray(), expected)


def test_a_word_that_training_lacks_is_not_counted():
    counts = Counts().fit(X)
    assert counts.transform(["a zebra"]).sum() == 1
    assert counts.transform([""]).sum() == 0


@pytest.mark.parametrize("settings", [{"min_df": 9}, {"words": Words(stop_words=tuple("abc"))}])
def test_a_vocabulary_without_terms_is_refused_with_the_mend(settings):
    with pytest.raises(UserError, match=r"lower features\.min_df"):
        Counts(**settings).fit(["a", "b", "c"])


def test_ids_start_with_the_most_frequent_word_and_equal_ones_go_by_the_alphabet():
    ids = TokenIds().fit(X)
    assert list(ids.get_feature_names_out()) == ["a", "cat", "dog", "and", "barks", "the"]
    found = ids.transform(X)
    assert found.dtype == np.int64
    assert found.tolist() == [
        [2, 3, 5, 2, 4],
        [2, 4, 6, PADDING, PADDING],
        [7, 3, PADDING, PADDING, PADDING],
        [UNKNOWN, *[PADDING] * 4],
        [UNKNOWN, *[PADDING] * 4],
    ]


def test_unknown_and_rare_words_are_one_id_and_long_texts_are_cut():
    ids = TokenIds(min_df=2, length=4).fit(X)
    assert list(ids.get_feature_names_out()) == ["a", "cat"]
    assert ids.transform(["zebra cat " * 100]).tolist() == [[UNKNOWN, 3, UNKNOWN, 3]]
    assert TokenIds(max_features=1).fit(X).terms_ == "a"
    assert TokenIds(max_df=0.3).fit(X).terms_ == "and\nbarks\nthe"


def test_texts_without_any_known_word_still_have_a_column():
    assert TokenIds().fit(["", ""]).transform(["a b"]).tolist() == [[UNKNOWN]]


def test_every_holder_of_texts_gives_the_same_and_two_columns_are_refused():
    given = ["a", "", "c"]
    column = pd.DataFrame({"t": ["a", None, "c"]})
    for holder in (column, column["t"], column.to_numpy(), ["a", None, "c"]):
        assert texts(holder) == given
    assert Raw().fit_transform(column).tolist() == [["a"], [""], ["c"]]
    with pytest.raises(ValueError, match="one column of text, and there are 2"):
        texts(column.assign(other="x"))
