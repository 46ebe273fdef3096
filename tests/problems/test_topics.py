from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from caselab.architectures import baseline, nmf
from caselab.errors import UserError
from caselab.evaluation.metrics.topics import coherence, shares
from caselab.features import text
from caselab.problems.topics import problem as topics

CASE = SimpleNamespace(title="Themes", metric="npmi", positive=None)
THEMES = ("bank money gold coin", "ship navy sea coast", "school child health care")


def texts(n=240, seed=0):
    random = np.random.default_rng(seed)
    theme = random.integers(len(THEMES), size=n)
    words = [" ".join(random.choice(THEMES[each].split(), 5)) for each in theme]
    return pd.DataFrame({"text": words}), theme


@pytest.fixture(scope="module")
def pipeline():
    steps = [
        ("features", text.transformer(represent="tfidf")),
        ("model", nmf.topics(n_topics=3, random_state=0)),
    ]
    return Pipeline(steps).fit(texts()[0])


@pytest.fixture(scope="module")
def answers(pipeline):
    return topics.answer(pipeline, texts(seed=1)[0])


def test_an_answer_names_topics_by_their_words_and_tells_which_a_text_holds(answers):
    *names, last = answers.columns
    assert last == "words"
    assert {frozenset(name.split(": ")[1].split(" · ")[:4]) for name in names} == {
        frozenset(theme.split()) for theme in THEMES
    }
    first = texts(seed=1)[0]["text"][0]
    assert answers["words"][0] == " · ".join(sorted({*first.split()}))
    np.testing.assert_allclose(shares(answers).sum(axis=1), 1)


def test_the_topic_of_a_text_is_decided_by_its_first_words(answers):
    decided = topics.decide(answers, CASE, {})
    theme = np.array([THEMES[each] for each in texts(seed=1)[1]])
    for found, words in zip(decided, theme, strict=True):
        assert {*found.split(" · ")} < {*words.split()}


def test_of_a_text_without_a_known_word_no_topic_is_decided(pipeline):
    asked = pd.DataFrame({"text": ["", None, "unheard of", "navy sea"]})
    decided = topics.decide(topics.answer(pipeline, text.view(asked)), CASE, {})
    assert decided[:3].tolist() == ["none"] * 3
    assert {*decided[3].split(" · ")} < {*THEMES[1].split()}


def test_scores_are_those_of_each_fold_s_own_topics(pipeline, answers):
    """Held-out answers of two fits lie in one table, where each lacks the other's columns."""
    other = topics.answer(pipeline, texts(seed=2)[0]).rename(
        columns=lambda name: name.replace("1: ", "1: new · ")
    )
    both = pd.concat([answers, other], ignore_index=True)
    whole = topics.score(None, answers, CASE)
    assert topics.score(None, both.head(len(answers)), CASE) == whole
    assert whole["npmi"] == pytest.approx(coherence(answers).mean())
    assert whole["diversity"] == pytest.approx(len({*" ".join(THEMES).split()}) / 30)


def test_resamples_vary_as_each_alone_around_what_the_texts_score(answers):
    weights = np.random.default_rng(0).integers(0, 3, (4, len(answers))).astype(float)
    for name, metric in topics.metrics.items():
        together = metric.function(None, answers, {}, CASE, weights)
        alone = np.array([metric.function(None, answers, {}, CASE, each) for each in weights])
        np.testing.assert_allclose(together - together.mean(), alone - alone.mean(), atol=1e-12)
        assert together.mean() == pytest.approx(topics.score(None, answers, CASE)[name])


def test_topics_beat_words_that_are_only_frequent(answers):
    frequent = Pipeline(
        [
            ("features", text.transformer(represent="counts")),
            ("model", baseline.topics(n_topics=3)),
        ]
    ).fit(texts()[0])
    asked = topics.answer(frequent, texts(seed=1)[0])
    of_frequent = topics.score(None, asked, CASE)
    assert topics.score(None, answers, CASE)["npmi"] > of_frequent["npmi"]


def test_a_part_of_one_text_is_refused():
    with pytest.raises(UserError, match=r"'fold 2' has 1 texts"):
        topics.check(None, {"train": np.ones(4, bool), "fold 2": np.arange(4) == 1})
    assert topics.check(None, {"train": np.ones(4, bool)}) == {}
    assert topics.strata(None) is None
    assert topics.learnable(None, None)
