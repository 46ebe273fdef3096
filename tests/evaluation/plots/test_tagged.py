"""Pictures of tags."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from caselab import problems
from caselab.evaluation import intervals
from caselab.evaluation.plots import style, tagged
from caselab.evaluation.report import Report

Y = ["DET NOUN VERB .", "DET ADJ NOUN .", "VERB NOUN ."] * 4
SAID = ["DET NOUN NOUN .", "DET NOUN NOUN .", "VERB NOUN ."] * 4
WORDS = ["The dog barks .", "A big dog .", "See dogs ."] * 4
KNOWN = ["1101", "1111", "111"] * 4


def reported(said):
    problem, y = problems.load("tagging"), pd.Series(Y)
    answers = pd.DataFrame({"words": WORDS, "tags": said, "known": KNOWN})
    case, units = SimpleNamespace(title="Words", metric="accuracy", positive=None), np.arange(12)
    ends = intervals.intervals(
        problem.metrics, y, answers, {}, case, units=units, seed=0, n_resamples=20
    )
    return Report(
        pipeline="tags-net",
        case=case,
        metrics=problem.metrics,
        ids=pd.Series([f"s{number}" for number in units]),
        y=y,
        answers=answers,
        decided=problem.decide(answers),
        decision={},
        settings={},
        scores=problem.score(y, answers, case),
        intervals=ends,
        units=units,
        seed=0,
    )


@pytest.fixture(scope="module")
def report():
    return reported(SAID)


def test_confusions_are_counted(report):
    table = tagged.confused(report).data.set_index(["actual", "predicted"])["words"]
    assert table["VERB", "NOUN"] == table["ADJ", "NOUN"] == 4
    assert table["DET", "DET"] == 8
    assert table.sum() == sum(len(sentence.split()) for sentence in Y)


def test_known_words_and_others_are_told_apart(report):
    table = tagged.accuracies(report).data.set_index(["tag", "words"])
    assert table.loc[("VERB", "unseen"), "accuracy"] == 0
    assert table.loc[("VERB", "known"), "accuracy"] == 1
    assert table["number"].sum() == sum(len(sentence.split()) for sentence in Y)


def test_errors_stand_amid_their_sentences(report):
    plot = tagged.errors(report)
    told = plot.data.drop(columns="id").drop_duplicates().to_dict("list")
    assert told == {
        "word": ["barks", "big"],
        "actual": ["VERB", "ADJ"],
        "predicted": ["NOUN", "NOUN"],
        "known": [False, True],
    }
    drawn = " ".join(text.get_text() for text in plot.figure.axes[0].texts)
    assert "VERB, taken for NOUN: 4 words" in drawn
    assert "barks The dog ." in drawn
    assert plot.of_rows


def test_nothing_is_drawn_where_nothing_is_wrong():
    assert tagged.errors(reported(Y)) is None


def test_each_is_drawn_the_same_twice(report, tmp_path):
    for draw in (tagged.confused, tagged.accuracies, tagged.errors):
        for name in ("a.png", "b.png"):
            with style.house():
                style.write_png(draw(report).figure, tmp_path / name)
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
