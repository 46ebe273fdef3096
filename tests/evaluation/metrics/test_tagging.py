"""Metrics of tags by hand, and against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from caselab.evaluation.metrics.tagging import METRICS, confusion

Y = pd.Series(["DET NOUN VERB", "NOUN VERB", "X"])
ANSWERS = pd.DataFrame(
    {"words": ["a b c", "d e", "f"], "tags": ["DET VERB VERB", "NOUN VERB", "NOUN"],
     "known": ["110", "11", "0"]}
)  # fmt: skip


def score(name, y=Y, answers=ANSWERS, weights=None):
    return METRICS[name].function(y, answers, {}, None, weights)


def test_shares_by_hand():
    assert score("accuracy") == pytest.approx(4 / 6)
    assert score("unseen_accuracy") == pytest.approx(1 / 2)
    assert score("sentence_accuracy") == pytest.approx(1 / 3)
    assert np.isnan(score("unseen_accuracy", answers=ANSWERS.assign(known=["111", "11", "1"])))


def test_scores_are_scikit_learn_s_also_of_sentences_that_are_drawn_twice():
    random = np.random.default_rng(0)
    tags = ["ADJ", "NOUN", "VERB", "X"]
    lengths = random.integers(1, 9, 40)
    y = pd.Series([" ".join(random.choice(tags, n)) for n in lengths])
    said = [" ".join(random.choice(tags[:3], n)) for n in lengths]  # one tag is never said
    answers = pd.DataFrame({"words": y, "tags": said, "known": ["1" * n for n in lengths]})
    weights = random.integers(0, 3, (5, 40)).astype(float)
    found = {name: score(name, y, answers, weights) for name in ("accuracy", "macro_f1")}
    for number, row in enumerate(weights):
        rows = np.repeat(np.arange(40), row.astype(int))
        truth = " ".join(y.iloc[rows]).split()
        given = " ".join(answers["tags"].iloc[rows]).split()
        assert found["accuracy"][number] == pytest.approx(accuracy_score(truth, given))
        macro = f1_score(truth, given, average="macro", zero_division=0)
        assert found["macro_f1"][number] == pytest.approx(macro)
    truth, given = " ".join(y).split(), " ".join(said).split()
    assert (confusion(y, answers).to_numpy() == confusion_matrix(truth, given)).all()


def test_a_sentence_with_more_tags_than_words_is_refused():
    with pytest.raises(ValueError, match="Sentence 2 has 3 tags and was given 2"):
        score("accuracy", y=pd.Series(["DET NOUN VERB", "NOUN VERB X", "X"]))
