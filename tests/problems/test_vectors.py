"""What is asked of words, and what is answered."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from caselab.errors import UserError
from caselab.features import words
from caselab.problems.vectors import problem
from caselab.sequences.words import Vectors, WordModel

PLACES = {
    "man": [1, 0, 0.1],
    "woman": [0, 1, 0.1],
    "king": [1, 0, 1],
    "queen": [0, 1, 1],
    "boat": [-1, -1, 0.2],
}


class Places(WordModel):
    least = 1

    def _learned(self, texts, known):
        return Vectors(known, np.array([PLACES[word] for word in known]))


@pytest.fixture(scope="module")
def pipeline():
    texts = words.view(pd.DataFrame({"text": list(PLACES)}))
    return make_pipeline(words.transformer(), Places()).fit(texts)


def asked(pipeline, *rows, **options):
    X = words.view(pd.DataFrame(rows, columns=["text", "asked"]))
    answers = problem.asked(pipeline, X, options)
    return answers.assign(decision=problem.decide(answers, None, {}))


def test_an_analogy_is_solved_where_its_fourth_word_is_the_nearest(pipeline):
    found = asked(
        pipeline,
        ("Man king woman queen", "analogy"),
        ("man king woman boat", "analogy"),
        ("man king woman", "analogy"),
        ("man king quetzal queen", "analogy"),
    )
    assert found["solved"].tolist() == [1, 0, 0, 0]
    assert found["nearest"].str.startswith("queen 0.96").tolist() == [True, True, True, False]
    assert found["decision"].tolist()[3] == "no word is near"
    assert found["known"].tolist() == [1, 1, 1, 0.75]


def test_pairs_are_told_their_cosine_and_words_what_is_near(pipeline):
    found = asked(pipeline, ("man king", "similarity"), ("man", ""), ("", None), nearest=2)
    cosine = 1.1 / np.sqrt(1.01 * 2)
    assert found["similarity"].tolist() == pytest.approx([cosine, 0, 0])
    assert found["decision"].tolist() == [f"{cosine:.2f}", "king, queen", "no word is near"]
    assert found["nearest"][1] == f"king {cosine:.2f}, queen 0.07"


def test_an_option_that_is_none_is_told(pipeline):
    with pytest.raises(UserError, match="nearest is 0"):
        asked(pipeline, ("man", ""), nearest=0)


def test_questions_alone_are_nothing_to_learn_from():
    X = words.view(pd.DataFrame({"text": ["a b", "c d"], "asked": "similarity"}))
    parts = {"train": np.array([True, True])}
    with pytest.raises(UserError, match="learned from the others; add texts"):
        problem.check(None, parts, X)
    X.loc[0, "asked"] = ""
    assert problem.check(None, parts, X) == {"asked": {"train": {"texts": 1, "similarity": 1}}}
