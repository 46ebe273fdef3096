"""BLEU and chrF are sacrebleu's, of the rows and of each resample of them."""

import numpy as np
import pandas as pd
import pytest
import sacrebleu

from caselab.evaluation.metrics.generation import METRICS

ASKED = [
    "Die Lampe im Flur ist ausgeschaltet",
    "Der Code ist falsch, versuche es noch einmal.",
    "Wähle das Gerät, das hinzugefügt werden soll",
    "Nicht verfügbar",
]
WRITTEN = [
    "Die Lampe ist ausgeschaltet",
    "Der Code ist falsch, versuche es erneut.",
    "Wähle das Gerät aus",
    "Nicht verfügbar",
]


def score(name, rows=range(4), weights=None):
    y = pd.Series([ASKED[row] for row in rows])
    answers = pd.DataFrame({"text": [WRITTEN[row] for row in rows]})
    return METRICS[name].function(y, answers, {}, None, weights)


@pytest.mark.parametrize(
    ("name", "of_corpus"), [("bleu", sacrebleu.corpus_bleu), ("chrf", sacrebleu.corpus_chrf)]
)
def test_they_are_those_of_sacrebleu(name, of_corpus):
    assert score(name) == pytest.approx(of_corpus(WRITTEN, [ASKED]).score)
    drawn = [0, 0, 2, 3]  # a resample
    counts = np.bincount(drawn, minlength=4)[np.newaxis].astype(float)
    expected = of_corpus([WRITTEN[row] for row in drawn], [[ASKED[row] for row in drawn]]).score
    assert score(name, weights=counts) == pytest.approx([expected])


def test_the_score_is_of_all_together_and_no_mean_of_sentences():
    alone = [score("chrf", [row]) for row in range(4)]
    assert score("chrf", weights=np.eye(4)) == pytest.approx(alone)
    assert score("chrf") != pytest.approx(np.mean(alone))


def test_equal_sentences_are_counted():
    assert score("exact") == 0.25
    assert score("bleu", [3]) != score("bleu", [0])
