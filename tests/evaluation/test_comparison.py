import numpy as np
import pandas as pd
import pytest
from scipy import stats

from caselab.evaluation.comparison import over_folds, paired
from caselab.evaluation.metrics.classification import METRICS
from tests.evaluation.conftest import draw_binary

ACCURACY, LOG_LOSS = METRICS["accuracy"], METRICS["log_loss"]


def gain(y, a, b, metric, case, **changes):
    settings = {"decision_a": {}, "decision_b": {}, "units": np.arange(len(y)), "seed": 3}
    return paired(y, a, b, metric, case, **(settings | changes))


def shifted(answers, by, seed=5):
    noise = np.random.default_rng(seed).normal(0, by, len(answers))
    yes = np.clip(answers["Yes"] + noise, 0.01, 0.99)
    return pd.DataFrame({"No": 1 - yes, "Yes": yes})


def test_no_gain_over_oneself(binary, case):
    y, answers = binary
    found = gain(y, answers, answers, LOG_LOSS, case)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_the_gain_is_the_difference_of_scores_and_turns_with_the_order(binary, case):
    y, answers = binary
    worse = shifted(answers, 0.3)
    there, back = gain(y, answers, worse, LOG_LOSS, case), gain(y, worse, answers, LOG_LOSS, case)
    own, other = (LOG_LOSS.function(y, each, {}, case) for each in (answers, worse))
    assert there.value == pytest.approx(other - own)
    assert (back.value, back.low, back.high) == pytest.approx(
        (-there.value, -there.high, -there.low)
    )


def test_the_interval_is_scipys_of_the_paired_difference(binary, case):
    y, answers = binary
    worse = shifted(answers, 0.3)
    right = [
        ((each["Yes"] > 0.5) == (y == "Yes")).to_numpy(dtype=float) for each in (answers, worse)
    ]
    expected = stats.bootstrap(
        (right[0] - right[1],), np.mean, n_resamples=4000, method="percentile", rng=0
    ).confidence_interval
    found = gain(y, answers, worse, ACCURACY, case, n_resamples=4000)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.005)


def test_pairing_narrows_the_interval_of_alike_answers(binary, case):
    y, answers = binary
    alike, other = shifted(answers, 0.02), draw_binary(300, seed=8)[1]
    auc = METRICS["roc_auc"]
    near, far = (gain(y, answers, each, auc, case) for each in (alike, other))
    assert near.high - near.low < 0.2 * (far.high - far.low)


def test_each_side_decides_by_its_own_threshold(binary, case):
    y, answers = binary
    found = gain(
        y,
        answers,
        answers,
        ACCURACY,
        case,
        decision_a={"threshold": 0.5},
        decision_b={"threshold": 0},
    )
    assert found.value == pytest.approx(
        ACCURACY.function(y, answers, {"threshold": 0.5}, case) - (y == "Yes").mean()
    )


def test_more_confidence_asks_for_a_wider_interval(binary, case):
    y, answers = binary
    narrow, wide = (
        gain(y, answers, shifted(answers, 0.3), LOG_LOSS, case, confidence=confidence)
        for confidence in (0.8, 0.99)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_interval_over_folds_is_that_of_nadeau_and_bengio():
    value, low, high = over_folds([0.80, 0.82, 0.84, 0.86, 0.88], METRICS["roc_auc"])
    half = 2.7764451 * 0.0316227766 * np.sqrt(1 / 5 + 1 / 4)  # t(0.975, 4) * deviation * ...
    assert (value, low, high) == pytest.approx((0.84, 0.84 - half, 0.84 + half))


def test_the_interval_over_folds_stays_inside_the_metrics_bounds():
    assert over_folds([0.9, 1.0, 1.0], METRICS["roc_auc"])[2] == 1


def test_one_fold_has_a_score_and_no_interval():
    value, low, high = over_folds([0.8], METRICS["roc_auc"])
    assert value == 0.8
    assert np.isnan([low, high]).all()


def test_folds_that_do_not_define_the_metric_are_left_out():
    assert over_folds([0.8, np.nan, 0.9], METRICS["roc_auc"])[0] == pytest.approx(0.85)
    assert np.isnan(over_folds([np.nan], METRICS["roc_auc"])).all()
