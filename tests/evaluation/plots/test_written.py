"""Pictures of written sentences."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from caselab import problems
from caselab.evaluation import intervals
from caselab.evaluation.plots import style, written
from caselab.evaluation.report import Report
from caselab.sequences.writing import Looks

GIVEN = ["turn on the big light now", "open it", "the code is quite wrong today"] * 5
ASKED = ["schalte jetzt das große Licht ein", "öffne es", "der Code ist heute ganz falsch"] * 5
TEXTS = ["schalte das große Licht ein", "öffne es", "heute"] * 5


class Stub:
    """Writes worse the wider its beam is, and looks at the place of each token."""

    def generate(self, X, strategy):
        wide = strategy.method == "beam"
        return [text[: -strategy.width] if wide else text for text in TEXTS[: len(X)]]

    def looks(self, text):
        words = text.split()
        return Looks(words, words, np.eye(len(words)))


def reported(stub):
    problem, units = problems.load("generation"), np.arange(len(ASKED))
    y, answers = pd.Series(ASKED), pd.DataFrame({"text": TEXTS, "score": 0.0})
    case = SimpleNamespace(title="Words", metric="chrf", positive=None)
    return Report(
        pipeline="words-net",
        case=case,
        metrics=problem.metrics,
        ids=pd.Series([f"s{number}" for number in units]),
        y=y,
        answers=answers,
        decided=problem.decide(answers),
        decision={},
        settings={},
        scores=problem.score(y, answers, case),
        intervals=intervals.intervals(
            problem.metrics, y, answers, {}, case, units=units, seed=0, n_resamples=20
        ),
        units=units,
        seed=0,
        estimator=make_pipeline(FunctionTransformer(), stub),
        X=pd.DataFrame({"english": GIVEN}),
    )


@pytest.fixture(scope="module")
def report():
    return reported(Stub())


def test_sentences_stand_from_the_worst_to_the_best(report):
    plot = written.examples(report)
    table = plot.data.set_index("id")
    assert table.loc["s1", "chrf"] == pytest.approx(100)
    assert table.loc["s2", "chrf"] < written.FAR < table.loc["s0", "chrf"]
    drawn = [text.get_text() for text in plot.figure.axes[0].texts]
    assert [int(score) for score in drawn[::4]] == sorted(int(score) for score in drawn[::4])
    assert "der Code ist heute ganz falsch" in drawn
    assert plot.of_rows


def test_greedy_stands_beside_beams_of_the_same_rows(report):
    table = written.widths(report).data.set_index("width")
    assert table.loc[1, "chrf"] == pytest.approx(report.scores["chrf"])
    assert table.loc[1, ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert (table["chrf"].diff()[1:] < 0).all()
    assert table.loc[4, "gain_low"] <= table.loc[4, "gain"] <= table.loc[4, "gain_high"] < 0


def test_looks_are_of_single_tokens(report):
    table = written.looks(report).data
    assert set(table["id"]) == {"s0", "s2", "s3", "s5"}  # long enough
    assert table.groupby(["id", "written_place"])["weight"].sum().eq(1).all()


def test_what_does_not_choose_or_look_is_not_drawn():
    memory = reported(FunctionTransformer())
    assert written.widths(memory) is None
    assert written.looks(memory) is None


def test_each_is_drawn_the_same_twice(report, tmp_path):
    for draw in (written.examples, written.widths, written.looks):
        for name in ("a.png", "b.png"):
            with style.house():
                style.write_png(draw(report).figure, tmp_path / name)
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
