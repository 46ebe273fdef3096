import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from caselab.evaluation import intervals as module
from caselab.evaluation.intervals import band, intervals, percentile, resamples, units
from caselab.evaluation.metrics.classification import METRICS
from tests.evaluation.conftest import draw_binary

DECISION = {"threshold": 0.4}


def rows(n):
    return np.arange(n)


def test_the_interval_of_accuracy_is_scipys(binary, case):
    y, answers = binary
    right = (y == "Yes") == (answers["Yes"] >= 0.4)
    expected = stats.bootstrap(
        (right.to_numpy(dtype=float),), np.mean, n_resamples=4000, method="percentile", rng=0
    ).confidence_interval
    found = intervals(
        {"accuracy": METRICS["accuracy"]},
        *binary,
        DECISION,
        case,
        units=rows(len(y)),
        seed=0,
        n_resamples=4000,
    )["accuracy"]
    assert found == pytest.approx((expected.low, expected.high), abs=0.004)


def test_the_interval_of_roc_auc_is_scipys_over_repeated_rows(binary, case):
    y, answers = binary
    metric = METRICS["roc_auc"]

    def statistic(drawn):
        drawn = drawn.astype(int)
        return metric.function(
            y.iloc[drawn].reset_index(drop=True),
            answers.iloc[drawn].reset_index(drop=True),
            {},
            case,
        )

    expected = stats.bootstrap(
        (rows(len(y)),), statistic, n_resamples=600, method="percentile", vectorized=False, rng=0
    ).confidence_interval
    found = intervals({"m": metric}, y, answers, {}, case, units=rows(len(y)), seed=0)["m"]
    assert found == pytest.approx((expected.low, expected.high), abs=0.008)


def test_95_of_100_intervals_hold_the_truth(case):
    y, answers = draw_binary(100_000, seed=9)
    picked = {name: METRICS[name] for name in ("roc_auc", "precision", "brier", "pr_auc")}
    truth = {n: m.function(y, answers, DECISION, case) for n, m in picked.items()}
    hits = dict.fromkeys(picked, 0)
    for seed in range(150):
        sample = draw_binary(250, seed=seed)
        found = intervals(
            picked, *sample, DECISION, case, units=rows(250), seed=seed, n_resamples=400
        )
        for name, (low, high) in found.items():
            hits[name] += low <= truth[name] <= high
    for name, hit in hits.items():
        assert stats.binomtest(hit, 150, 0.95).pvalue > 0.002, (name, hit / 150)


def test_equal_seeds_give_equal_resamples_and_others_do_not():
    first, again, other = (next(resamples(rows(50), seed=seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_every_resample_draws_as_many_rows_as_there_are():
    weights = np.concatenate(list(resamples(rows(50), seed=0)))
    assert weights.shape == (1000, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert weights.mean(axis=0) == pytest.approx(1, abs=0.2)


def test_many_rows_come_in_parts_that_fit_in_memory(monkeypatch):
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 500)
    parts = list(resamples(rows(50), seed=0, n_resamples=25))
    assert [len(part) for part in parts] == [10, 10, 5]
    assert (np.concatenate(parts).sum(axis=1) == 50).all()


def test_rows_of_a_group_are_drawn_together():
    group = pd.Series(["a", "b", "a", "c", "b"])
    weights = next(resamples(units(("group",), 5, group=group), seed=0))
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_groups_widen_the_interval_of_rows_that_repeat_each_other(case):
    y, answers = draw_binary(60, seed=0)
    y, answers = pd.concat([y] * 5), pd.concat([answers] * 5)
    groups = units(("group",), 300, group=pd.Series(list(range(60)) * 5))
    picked = {"accuracy": METRICS["accuracy"]}
    by_group = intervals(picked, y, answers, DECISION, case, units=groups, seed=0)["accuracy"]
    by_row = intervals(picked, y, answers, DECISION, case, units=rows(300), seed=0)["accuracy"]
    assert np.ptp(by_group) == pytest.approx(np.sqrt(5) * np.ptp(by_row), rel=0.15)


def test_blocks_of_time_hold_neighbours_in_time():
    time = pd.Series(pd.to_datetime(["2024-01-03", "2024-01-01", "2024-01-04", "2024-01-02"] * 16))
    time += pd.to_timedelta(np.arange(64), unit="s")
    numbers = units(("time",), 64, time=time)
    assert np.bincount(numbers).tolist() == [4] * 16
    assert (np.diff(numbers[np.argsort(time)]) >= 0).all()


def test_the_series_of_a_moment_are_drawn_together():
    moment = np.repeat(np.arange(27), 5)
    shuffled = np.random.default_rng(0).permutation(len(moment))
    time = pd.Series(moment[shuffled])
    series = pd.Series(np.tile(list("abcde"), 27)[shuffled])
    numbers = units(("group", "time"), len(time), time=time, series=series)
    assert numbers.tolist() == (time // 3).tolist()


def test_a_unit_that_the_rows_do_not_have_is_refused():
    with pytest.raises(ValueError, match="no group"):
        units(("group",), 3)


def test_resamples_that_do_not_define_a_metric_are_left_out(case):
    y = pd.Series(["Yes"] + ["No"] * 5)
    answers = pd.DataFrame({"No": [0.1] + [0.9] * 5, "Yes": [0.9] + [0.1] * 5})
    metric = {"roc_auc": METRICS["roc_auc"]}
    found = intervals(metric, y, answers, DECISION, case, units=rows(6), seed=0)
    assert found["roc_auc"] == (1.0, 1.0)


def test_nothing_defined_has_no_interval():
    assert np.isnan(percentile(np.full(10, np.nan))).all()


def test_a_band_is_the_interval_of_each_point():
    values = np.random.default_rng(0).normal(size=(80, 2))
    low, high = band(lambda w: w @ values / 80, rows(80), seed=0, n_resamples=500)
    for point in range(2):
        expected = stats.bootstrap((values[:, point],), np.mean, method="percentile", rng=0)
        assert (low[point], high[point]) == pytest.approx(expected.confidence_interval, abs=0.03)


def test_a_thousand_resamples_cost_a_metric_no_loop(case):
    """Counted in calls of Python functions, whatever the machine does beside."""
    y, answers = draw_binary(1400, seed=0)

    def calls(n_resamples):
        made = 0

        def count(_frame, event, _argument):
            nonlocal made
            made += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            intervals(
                METRICS, y, answers, DECISION, case, units=rows(1400), seed=0,
                n_resamples=n_resamples,
            )  # fmt: skip
        finally:
            sys.setprofile(None)
        return made

    calls(10)  # what is imported and cached
    assert calls(1000) < calls(10) + 500


def test_a_row_without_a_group_is_drawn_by_itself():
    group = pd.Series(["a", None, "b", "a", None])
    assert units(("group",), 5, group=group).tolist() == [0, 2, 1, 0, 3]
