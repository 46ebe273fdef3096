import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics as sk

from caselab.evaluation.metrics.regression import METRICS


@pytest.fixture
def rows():
    """300 prices with answers that are often equal."""
    random = np.random.default_rng(0)
    y = random.lognormal(5, 1, 300).round(1)
    return pd.Series(y), pd.DataFrame({"value": (y * random.lognormal(0, 0.4, 300)).round(-1)})


def values(y, answers, case, weights=None):
    return {
        name: metric.function(y, answers, {}, case, weights) for name, metric in METRICS.items()
    }


def by_others(y, answers, weights=None):
    """Return what scikit-learn and scipy give; where they know no weights, of rows repeated."""
    p, keywords = answers["value"], {"sample_weight": weights}
    counts = np.ones(len(y), dtype=int) if weights is None else weights.astype(int)
    repeated = np.repeat(np.arange(len(y)), counts)
    many, said = y.to_numpy()[repeated], p.to_numpy()[repeated]
    return {
        "rmse": sk.root_mean_squared_error(y, p, **keywords),
        "mae": sk.mean_absolute_error(y, p, **keywords),
        "median_error": sk.median_absolute_error(many, said),
        "mape": sk.mean_absolute_percentage_error(y, p, **keywords),
        "rmsle": sk.root_mean_squared_log_error(y, p, **keywords),
        "r2": sk.r2_score(y, p, **keywords),
        "spearman": stats.spearmanr(many, said).statistic,
    }


@pytest.mark.parametrize("weighted", [False, True])
def test_numbers_score_as_sklearn_and_scipy_score_them(rows, case, weighted):
    weights = np.random.default_rng(1).integers(0, 4, 300).astype(float) if weighted else None
    found = values(*rows, case, weights)
    del found["lift"]
    assert found == pytest.approx(by_others(*rows, weights))


def test_a_weight_counts_a_row_as_often_as_repeating_it(rows, case):
    y, answers = rows
    counts = np.random.default_rng(2).integers(0, 4, len(y))
    repeat = np.repeat(np.arange(len(y)), counts)
    repeated = values(y.iloc[repeat], answers.iloc[repeat], case)
    assert values(y, answers, case, counts.astype(float)) == pytest.approx(repeated)


def test_resamples_are_scored_together_as_each_alone(rows, case):
    weights = np.random.default_rng(3).integers(0, 3, (5, len(rows[0])))
    together = values(*rows, case, weights)
    for number, each in enumerate(weights):
        alone = values(*rows, case, each)
        assert {name: value[number] for name, value in together.items()} == pytest.approx(alone)


def test_perfect_answers(case):
    y = pd.Series([*range(1, 11)])
    found = values(y, pd.DataFrame({"value": y.astype(float)}), case)
    lift = found.pop("lift")
    assert lift == pytest.approx(10 / 5.5)
    for name, value in found.items():
        assert value == pytest.approx(1 if METRICS[name].greater_is_better else 0)


def test_lift_is_what_the_best_tenth_brings(case):
    y = pd.Series([0.0] * 18 + [30.0, 10.0])
    answers = pd.DataFrame({"value": np.arange(20.0)})
    lift = METRICS["lift"].function
    assert lift(y, answers, {}, case) == pytest.approx(20 / 2)
    assert lift(y, answers[::-1].reset_index(drop=True), {}, case) == 0
    # 15 rows: the tenth is one row and a half.
    assert lift(y[5:], answers[5:], {}, case) == pytest.approx((10 + 0.5 * 30) / 1.5 / (40 / 15))


def test_one_answer_to_all_rows_is_chance(case):
    y = pd.Series([1.0, 2.0, 6.0, 3.0])
    found = values(y, pd.DataFrame({"value": [3.0] * 4}), case)
    assert found["r2"] == pytest.approx(0)
    assert found["lift"] == pytest.approx(1)
    assert np.isnan(found["spearman"])


def test_what_is_not_defined_is_nan_and_warns_of_nothing(case):
    answers = pd.DataFrame({"value": [1.0, 2.0, 3.0]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat = values(pd.Series([5.0] * 3), answers, case)
        with_zero = values(pd.Series([0.0, 1.0, 2.0]), answers, case)
        negative = values(pd.Series([-1.0, 0.0, 1.0]), answers, case)
    assert np.isnan(flat["r2"])
    assert np.isnan(flat["spearman"])
    assert np.isnan(with_zero["mape"])
    assert with_zero["rmsle"] == pytest.approx(np.sqrt(np.mean(np.log([2 / 1, 3 / 2, 4 / 3]) ** 2)))
    assert np.isnan(negative["rmsle"])
    assert np.isnan(negative["lift"])


def test_a_negative_answer_counts_as_nothing_where_logarithms_are_compared(case):
    rmsle = METRICS["rmsle"].function
    y = pd.Series([1.0, 2.0])
    assert rmsle(y, pd.DataFrame({"value": [-5.0, 2.0]}), {}, case) == rmsle(
        y, pd.DataFrame({"value": [0.0, 2.0]}), {}, case
    )
