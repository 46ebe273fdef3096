from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation import plots
from caselab.evaluation.intervals import intervals
from caselab.evaluation.plots import forecasts, style
from caselab.evaluation.report import Report
from caselab.problems.forecasting import problem
from tests.evaluation.plots.test_plots import outside

CASE = SimpleNamespace(title="Loads of a site", metric="mase", positive=None)
OURS = [name for name in problem.plots if name.startswith("forecasts.")]


@pytest.fixture
def report():
    """Thirty days of 24 hours, forecast the worse the farther ahead."""
    random, rows = np.random.default_rng(0), np.arange(30)
    truth = 10 + np.sin(np.arange(24) / 4) + random.normal(0, 0.1, (30, 24))
    wrong = random.normal(size=(30, 24)) * np.linspace(0.1, 1, 24)
    answers = pd.DataFrame({"value": list(truth + wrong), "scale": 1.0})
    y = pd.Series(list(truth), name="target")
    decision = problem.decision(y, answers, CASE, {})
    words = {"units": rows, "seed": 0, "n_resamples": 20}
    return Report(
        pipeline="a-pipeline-with-a-long-name-transformer",
        case=CASE,
        metrics=problem.metrics,
        ids=pd.Series(pd.date_range("2026-01-01", periods=30).astype(str)),
        y=y,
        answers=answers,
        decided=answers["value"],
        decision=decision,
        settings={},
        scores=problem.score(y, answers, CASE, decision),
        intervals=intervals(problem.metrics, y, answers, decision, CASE, **words),
        units=rows,
        seed=0,
        unit="GW",
    )


@pytest.mark.parametrize("name", OURS)
def test_a_plot_keeps_within_its_picture_and_brings_its_table(name, report):
    with style.house():
        plot = plots.load(name)(report)
    assert len(plot.data)
    assert not outside(plot.figure)


def test_errors_are_counted_by_moment_and_coverage_is_what_bounds_hold(report):
    errors = forecasts.error_by_step(report).data
    assert errors["error"].mean() == pytest.approx(report.scores["mase"])
    assert errors["error"].iloc[-6:].mean() > 3 * errors["error"].iloc[:6].mean()
    held = forecasts.coverage_by_step(report).data
    assert held["coverage_80"].mean() == pytest.approx(report.scores["coverage_80"])


def test_the_worst_row_is_among_those_drawn(report):
    table = forecasts.forecasts(report).data
    error = np.abs(np.stack(report.y) - np.stack(report.answers["value"])).mean(1)
    assert table["id"].nunique() == 4
    assert report.ids[error.argmax()] in set(table["id"])
