"""The plots of word vectors."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from caselab.evaluation.intervals import intervals
from caselab.evaluation.plots import style, vectors
from caselab.evaluation.report import Report
from caselab.features import words
from caselab.problems.vectors import problem
from caselab.sequences.words import Vectors, WordModel

CASE = SimpleNamespace(title="Words", metric="spearman", positive=None)
RANDOM = np.random.default_rng(0)
WORDS = [first + last for first in "abcdefgh" for last in "xyz"]
CENTRES = np.repeat(np.eye(8), 3, axis=0)


class Grouped(WordModel):
    """Words of a letter are near to each other."""

    least = 1

    def _learned(self, texts, known):
        return Vectors(WORDS, CENTRES + 0.05 * RANDOM.normal(size=CENTRES.shape))


@pytest.fixture(scope="module")
def report():
    pairs = [
        (f"{WORDS[n % 24]} {WORDS[(n + n % 5) % 24]}", ["similarity", "relatedness"][n % 2])
        for n in range(48)
    ]
    asked = [*pairs, ("ax ay bx by", "analogy"), ("ax bx cx dx", "analogy")]
    X = words.view(pd.DataFrame(asked, columns=["text", "asked"]))
    estimator = make_pipeline(words.transformer(), Grouped()).fit(X.assign(asked="", text="a b"))
    answers = problem.answer(estimator, X)
    y = pd.Series([*RANDOM.random(48) * 10, np.nan, np.nan])
    return Report(
        pipeline="words-toy",
        case=CASE,
        metrics=problem.metrics,
        ids=pd.Series([*(f"pair-{n}" for n in range(48)), "family-1", "gram1-big-2"]),
        y=y,
        answers=answers,
        decided=problem.decide(answers, CASE, {}),
        decision={},
        settings={},
        scores=problem.score(y, answers, CASE),
        intervals=intervals(
            problem.metrics, y, answers, {}, CASE, units=np.arange(50), seed=0, n_resamples=20
        ),
        units=np.arange(50),
        seed=0,
        estimator=estimator,
        X=X,
    )


@pytest.fixture(autouse=True)
def house():
    with style.house():
        yield


def test_each_pair_is_drawn_with_what_people_say_and_its_cosine(report):
    plot = vectors.pairs(report)
    assert len(plot.data) == 48
    drawn = [axis.lines[0] for axis in plot.figure.axes]
    assert sum(len(line.get_xdata()) for line in drawn) == 48
    np.testing.assert_array_equal(plot.data["cosine"], report.answers["similarity"][:48])


def test_analogies_are_told_by_kind(report):
    found = vectors.analogies(report).data
    assert found["kind"].tolist() == ["family", "gram1-big"]
    assert found["questions"].tolist() == [1, 1]
    assert found["solved"].tolist() == report.answers["solved"][48:].tolist()


def test_near_words_are_of_one_colour_on_the_map(report):
    found = vectors.map(report).data
    assert set(found["word"]) == set(WORDS)
    groups = found.groupby(found["word"].str[0])["group"].agg(set).tolist()
    assert sorted(groups, key=min) == [{number} for number in range(8)]


def test_one_hot_vectors_have_no_map(report):
    model = Grouped()
    model.vectors_ = Vectors(WORDS, np.zeros((24, 0)))
    estimator = make_pipeline(words.transformer(), model)
    assert vectors.map(SimpleNamespace(**{**vars(report), "estimator": estimator})) is None
