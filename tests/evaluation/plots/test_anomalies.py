from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation import plots
from caselab.evaluation.intervals import intervals
from caselab.evaluation.plots import anomalies, style
from caselab.evaluation.report import Report
from caselab.problems.anomalies import problem
from tests.evaluation.plots.test_plots import outside

CASE = SimpleNamespace(title="Moments of a shuttle", metric="roc_auc", positive=1)
OURS = [name for name in problem.plots if name.startswith("anomalies.")]


def report(y, answers):
    rows = np.arange(len(answers))
    decision = problem.decision(y, answers, CASE, {"contamination": 0.1})
    words = {"units": rows, "seed": 0, "n_resamples": 20}
    return Report(
        pipeline="a-pipeline-with-a-long-name-isolation-forest",
        case=CASE,
        metrics=problem.metrics,
        ids=pd.Series(rows.astype(str)),
        y=y,
        answers=answers,
        decided=problem.decide(answers, CASE, decision),
        decision=decision,
        settings={},
        scores=problem.score(y, answers, CASE, decision),
        intervals=intervals(problem.metrics, y, answers, decision, CASE, **words),
        units=rows,
        seed=0,
    )


@pytest.fixture
def moments():
    """300 moments, of which the odd ones score some orders of magnitude higher."""
    random = np.random.default_rng(0)
    y = pd.Series((np.arange(300) % 12 == 0).astype(int))
    score = random.lognormal(0, 1, 300) * np.where(y, 200, 1)
    named = np.where(y, np.array(["f4, f1", "f2"])[np.arange(300) % 24 // 12], "")
    return y, pd.DataFrame({"score": score, "below_spoiled": 0.5, "columns": named})


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("labelled", [True, False])
def test_a_plot_keeps_within_its_picture_and_brings_its_table(name, labelled, moments):
    y, answers = moments
    with style.house():
        plot = plots.load(name)(report(y if labelled else None, answers))
    if plot is None:
        assert not labelled
        assert name in ("anomalies.roc", "anomalies.precision_recall")
        return
    assert len(plot.data)
    assert not outside(plot.figure)


def test_scores_are_drawn_by_what_is_known(moments):
    y, answers = moments
    table = anomalies.scores(report(y, answers)).data
    assert table.groupby("rows")["share"].sum().to_dict() == pytest.approx(
        {"anomalies": 1, "ordinary": 1}
    )
    assert set(anomalies.scores(report(None, answers)).data["rows"]) == {"rows"}


def test_columns_are_counted_among_flagged_rows(moments):
    table = anomalies.columns(report(*moments)).data.set_index("column")
    flagged = report(*moments).decided == "anomaly"
    named = moments[1]["columns"][flagged]
    assert table.loc["f4", "first"] == pytest.approx((named == "f4, f1").mean())
    assert table.loc["f1"].tolist() == pytest.approx([0, (named == "f4, f1").mean()])
    nothing = moments[1].assign(columns="")
    assert anomalies.columns(report(moments[0], nothing)) is None
    assert anomalies.columns(report(moments[0], nothing.drop(columns="columns"))) is None


def test_the_same_score_for_all_is_drawn_too(moments):
    alike = moments[1].assign(score=0.0)
    for name in OURS[:3]:
        assert plots.load(name)(report(moments[0], alike)) is not None
