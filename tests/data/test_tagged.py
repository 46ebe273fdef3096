"""Sentences are split as the Brown corpus has them, and have one tag for each word."""

import pandas as pd
import pytest

from caselab.data import tagged


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("The dog barks.", "The dog barks ."),
        ('He said, "No."', "He said , `` No . ''"),
        ("\u201cDon\u2019t!\u201d cried Mr. Smith (the U.S. envoy).",
         "`` Don't ! '' cried Mr. Smith ( the U.S. envoy ) ."),
        ("It cost $1,200\u2014did it?", "It cost $1,200 -- did it ?"),
        ("Section 381(c) holds; see p. 7:", "Section 381(c) holds ; see p. 7 :"),
        ("She moved to the U.S.", "She moved to the U.S."),
        ("   ", ""),
    ],
)  # fmt: skip
def test_signs_are_taken_off_words(typed, words):
    assert tagged.words(typed) == words.split()


@pytest.mark.parametrize(
    "split",
    [
        "`` Who is it '' ? asked Dr. A. B. Jones , Jr. , of St. Louis , Mo. .",
        "He paid 3'' pipes ( No. 2 ) -- at $5 each ; '' no '' .",
        "That's all ( he said ) !",
    ],
)
def test_what_is_split_stays_as_it_is(split):
    assert tagged.words(split) == split.split()


def test_sentences_without_a_tag_for_each_word_are_left_out_and_counted():
    records = pd.DataFrame(
        {
            "text": ["A dog .", "A dog.", "A dog", None, "A dog"],
            "tags": ["D N .", "D N .", "D", "N", None],
        }
    )
    kept, repairs = tagged.repair(records)
    assert list(kept.index) == [0, 1]
    assert repairs["not as many tags as words: left out"] == 3
    asked, repairs = tagged.repair(records.drop(columns="tags"))
    assert len(asked) == 5
    assert "not as many tags as words: left out" not in repairs
