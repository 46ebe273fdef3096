"""The plots of topics: their words, their number, and when they were spoken of."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation.intervals import intervals
from caselab.evaluation.plots import style, themes
from caselab.evaluation.report import Report
from caselab.problems.topics import problem

CASE = SimpleNamespace(title="Speeches", metric="npmi", positive=None)
WORDS = ("bank · money · gold", "ship · navy · sea", "school · child · health")
N = 300


def answers(time, seed):
    """The first topic is spoken of before 1850, the second after it, the third always."""
    random = np.random.default_rng(seed)
    place = np.where(random.random(len(time)) < 0.3, 2, np.where(time < 1850, 0, 1))
    held = [" · ".join(random.permutation(WORDS[each].split(" · "))[:2]) for each in place]
    shares = 0.1 + 0.7 * (place[:, None] == np.arange(3))
    named = [f"{number}: {words}" for number, words in enumerate(WORDS, start=1)]
    return pd.DataFrame(shares, columns=named).assign(words=held)


@pytest.fixture(scope="module")
def report():
    years = pd.Series(np.arange(N) // 3 + 1800)
    test, learned = answers(years, 1), answers(years, 2)
    units = np.arange(N) // 3
    history = pd.DataFrame(
        {
            "fold": ["0", "0", "1", "1", "all", "all"],
            "n_topics": [2, 3] * 3,
            "npmi": [0.1, 0.2, 0.15, 0.12, 0.1, 0.22],
        }
    )
    return Report(
        pipeline="news_themes-nmf",
        case=CASE,
        metrics=problem.metrics,
        ids=pd.Series(np.arange(N).astype(str)),
        y=None,
        answers=test,
        decided=problem.decide(test, CASE, {}),
        decision={},
        settings={},
        scores=problem.score(None, test, CASE),
        intervals=intervals(
            problem.metrics, None, test, {}, CASE, units=units, seed=0, n_resamples=50
        ),
        units=units,
        seed=0,
        history=history,
        answer=lambda estimator, X: learned,
        X=pd.DataFrame({"text": ["a"] * N}),
        background=pd.DataFrame({"text": ["a"] * N}),
        time=years,
        background_time=years,
        background_units=units,
    )


def without(report, **parts):
    return Report(**{**{name: getattr(report, name) for name in Report.__annotations__}, **parts})


def drawn(plot, report, tmp_path):
    with style.house():
        found = plot(report)
    style.write_png(found.figure, tmp_path / "plot.png")
    return found.data


def test_topics_are_listed_from_the_most_coherent_on(report, tmp_path):
    table = drawn(themes.topics, report, tmp_path)
    assert table["npmi"].is_monotonic_decreasing
    assert table["npmi"].mean() == pytest.approx(report.scores["npmi"])
    assert set(table["words"]) == {words.replace(" · ", " ") for words in WORDS}
    assert table["share"].sum() == pytest.approx(1)


def test_a_share_over_time_is_that_of_its_texts_within_its_band(report, tmp_path):
    table = drawn(themes.over_time, report, tmp_path)
    first = table[table["topic"].str.startswith("1")].set_index("time")["share"]
    assert (first[first.index < 1850] > 0.4).all()
    assert np.allclose(first[first.index > 1850], 0.1)
    assert table.groupby("time")["share"].sum().to_numpy() == pytest.approx(1)
    assert (table["low"] <= table["share"] + 1e-12).all()
    assert (table["share"] <= table["high"] + 1e-12).all()
    known = (report.time // 5 * 5 == 1830).to_numpy()
    both = pd.concat([report.answers[known], report.answer(None, None)[known]])
    assert table.set_index(["topic", "time"])["share"][
        report.answers.columns[0], 1832.5
    ] == pytest.approx(both.iloc[:, 0].mean())


def test_without_times_nothing_is_drawn_over_them(report):
    assert themes.over_time(without(report, time=None)) is None
    same = pd.Series([1900] * N)
    assert themes.over_time(without(report, time=same, background_time=same)) is None


def test_the_choice_of_the_number_is_drawn_where_there_was_one(report, tmp_path):
    assert len(drawn(themes.number, report, tmp_path)) == 6
    assert themes.number(without(report, history=None)) is None
    assert themes.number(without(report, history=pd.DataFrame({"fold": [0], "epoch": [1]}))) is None
