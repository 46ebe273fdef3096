from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from caselab.architectures import lexicon
from caselab.storage import archives

TEXTS = ["What a GREAT day!", "A terrible, sad loss.", "The table is made of wood.", ""]
SIDES = ["positive", "negative", "neutral", "neutral"]


@pytest.fixture
def model():
    return lexicon.classification().fit(pd.DataFrame({"text": TEXTS}), SIDES)


def test_the_verdict_is_vaders_and_always_the_likeliest_class(model):
    assert list(model.predict(TEXTS)) == SIDES
    found = model.predict_proba(np.array(TEXTS, dtype=object).reshape(-1, 1))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert list(model.classes_[found.argmax(axis=1)]) == SIDES


def test_a_lexicon_that_is_often_wrong_is_believed_by_half():
    model = lexicon.classification().fit(TEXTS, ["neutral", "neutral", "negative", "positive"])
    found = model.predict_proba(TEXTS)
    assert model.trust_ == 0.5
    assert list(model.predict(TEXTS)) == SIDES  # the verdict all the same
    np.testing.assert_allclose(found[0], [0.5 * 0.25, 0.5 * 0.5, 0.5 + 0.5 * 0.25])


def test_the_threshold_is_the_least_score_of_a_side():
    model = lexicon.classification(threshold=0.99).fit(TEXTS, SIDES)
    assert list(model.predict(TEXTS)) == ["neutral"] * 4


def test_classes_of_another_name_are_refused_or_named():
    with pytest.raises(ValueError, match="negative, neutral and positive, and y holds 'bad'"):
        lexicon.classification().fit(TEXTS, ["bad", "good", "bad", "good"])
    model = lexicon.classification(negative="bad", positive="good")
    assert list(model.fit(TEXTS, ["good", "bad", "good", "bad"]).predict(TEXTS[:2])) == [
        "good",
        "bad",
    ]


def test_of_a_long_text_only_the_first_letters_are_read(model, monkeypatch):
    """VADER takes time with the square of the words."""
    read = []
    analyzer = SimpleNamespace(polarity_scores=lambda text: read.append(text) or {"compound": 0.0})
    monkeypatch.setattr(lexicon, "_analyzer", lambda: analyzer)
    model.predict(["but good and bad " * 60_000])
    assert [len(text) for text in read] == [lexicon.MOST_LETTERS]


def test_it_is_stored_without_its_word_list(model):
    archive = archives.dumps(model, None)
    assert len(archive) < 10_000
    assert list(archives.loads(archive).predict(TEXTS)) == SIDES
