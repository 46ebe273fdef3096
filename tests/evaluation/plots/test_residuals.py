from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation import plots
from caselab.evaluation.intervals import intervals
from caselab.evaluation.plots import residuals, style
from caselab.evaluation.report import Report
from caselab.problems.regression import problem as regression
from tests.evaluation.plots.test_plots import outside

CASE = SimpleNamespace(title="House prices", metric="rmse", positive=None)
OURS = [name for name in regression.plots if name.startswith("residuals.")]


def report(y, predicted):
    y, answers = pd.Series(y), pd.DataFrame({"value": predicted})
    rows = np.arange(len(y))
    return Report(
        pipeline="a-pipeline-with-a-long-name-random-forest",
        case=CASE,
        metrics=regression.metrics,
        ids=pd.Series(rows.astype(str)),
        y=y,
        answers=answers,
        decided=answers["value"],
        decision={},
        settings={},
        scores=regression.score(y, answers, CASE),
        intervals=intervals(
            regression.metrics, y, answers, {}, CASE, units=rows, seed=0, n_resamples=20
        ),
        units=rows,
        seed=0,
    )


@pytest.fixture
def prices():
    """Prices over two decades of size."""
    random = np.random.default_rng(0)
    y = random.lognormal(12, 0.8, 500)
    return report(y, y * random.lognormal(0, 0.2, 500))


@pytest.fixture
def degrees():
    """Numbers on both sides of 0."""
    random = np.random.default_rng(0)
    y = random.normal(0, 10, 300)
    return report(y, y + random.normal(0, 2, 300))


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("of", ["prices", "degrees"])
def test_a_plot_keeps_within_its_picture_and_brings_its_table(name, of, request, tmp_path):
    with style.house():
        plot = plots.load(name)(request.getfixturevalue(of))
        assert outside(plot.figure) == []
    style.write_png(plot.figure, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 5_000
    assert not plot.data.drop(columns="ratio", errors="ignore").isna().to_numpy().any()


@pytest.mark.parametrize("name", OURS)
def test_one_answer_to_all_rows_is_drawn_too(name):
    with style.house():
        assert plots.load(name)(report(np.arange(20.0), np.full(20, 9.5))) is not None


def test_a_table_of_rows_holds_what_was_observed_and_predicted(degrees):
    with style.house():
        rows = residuals.residuals(degrees).data
    np.testing.assert_array_equal(rows["residual"], rows["observed"] - rows["predicted"])
    np.testing.assert_array_equal(rows["observed"], degrees.truth)


def test_the_error_of_a_tenth_is_the_mean_of_its_rows(degrees):
    with style.house():
        table = residuals.error_by_decile(degrees).data
    assert table["tenth"].tolist() == list(range(1, 11))
    assert (table["rows"] == 30).all()
    predicted, truth = degrees.answers["value"], degrees.truth
    first = predicted.rank() <= 30
    assert table["error"][0] == pytest.approx((predicted - truth)[first].abs().mean())
    assert ((table["low"] < table["error"]) & (table["error"] < table["high"])).all()


def test_wide_prices_are_drawn_in_ratios(prices, degrees):
    with style.house():
        assert residuals.residuals(prices).figure.axes[0].get_yscale() == "log"
        assert residuals.residuals(degrees).figure.axes[0].get_yscale() == "linear"


def test_money_has_its_unit_and_a_logarithmic_axis_also_where_some_is_0():
    random = np.random.default_rng(0)
    y = np.where(random.random(400) < 0.4, 0, random.lognormal(4, 1.5, 400))
    made = replace(report(y, y * 0.5 + 20), unit="£")
    axes = residuals.predicted_over_observed(made).figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("symlog", "symlog")
    assert axes.get_xlabel() == "Observed, £"
    assert residuals.residuals(made).figure.axes[0].get_ylabel() == "Observed minus predicted, £"


def test_tails_that_are_cut_are_said():
    random = np.random.default_rng(0)
    y = random.normal(0, 1, 400)
    made = report(y, np.r_[y[:399] + random.normal(0, 1, 399), y[399] + 500])
    with style.house():
        plot = residuals.residual_distribution(made)
    assert "without the 1 largest" in plot.figure.texts[1].get_text()


def test_residuals_equal_but_for_rounding_beside_a_huge_one_have_a_distribution():
    y = np.zeros(400)
    predicted = np.where(np.arange(400) % 2, 1e6, np.nextafter(1e6, 2e6))
    predicted[0] = 1e9
    with style.house():
        assert residuals.residual_distribution(report(y, predicted)) is not None
