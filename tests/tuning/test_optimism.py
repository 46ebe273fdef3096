"""What winning by chance is worth, against what is known or simulated."""

import numpy as np
import pytest

from caselab.evaluation.metrics import Metric
from caselab.tuning.optimism import expected_gap, gain

METRIC = Metric("auc", "AUC", True, lambda y: 0.0)


def scores(true, noise, n_folds=5, seed=0):
    random = np.random.default_rng(seed)
    return np.array(true)[:, None] + noise * random.standard_normal((len(true), n_folds))


def test_equal_settings_win_by_the_expected_maximum_of_noise():
    gaps = [expected_gap(scores(np.zeros(30), 1.0, seed=s), maximize=True) for s in range(20)]
    of_mean = np.sqrt(1 / 5 + 1 / 4)  # Nadeau and Bengio's, of five folds
    assert np.mean(gaps) == pytest.approx(2.04 * of_mean, rel=0.25)  # E max of 30 normals: 2.04


def test_a_setting_far_ahead_of_all_others_wins_by_itself():
    true = np.r_[np.zeros(29), 10.0]
    assert abs(expected_gap(scores(true, 0.1), maximize=True)) < 0.05


def test_what_makes_a_fold_hard_is_no_noise():
    table = np.linspace(0, 1, 10)[:, None] + np.array([0, 3, 1, 7, 2.0])
    assert expected_gap(table, maximize=True) == pytest.approx(0, abs=1e-9)
    assert expected_gap(table, maximize=False) == pytest.approx(0, abs=1e-9)


def test_one_fold_or_one_trial_says_nothing():
    assert np.isnan(expected_gap(np.zeros((5, 1)), maximize=True))
    assert np.isnan(expected_gap(np.zeros((1, 5)), maximize=True))
    assert np.isnan(expected_gap(np.empty((0, 0)), maximize=True))


def test_a_gain_is_paired_by_folds_and_may_be_negative():
    found = gain([0.8, 0.9, 0.7], [0.7, 0.8, 0.6], METRIC)
    assert found.value == pytest.approx(0.1)
    assert found.low == pytest.approx(0.1)
    worse = gain([0.5, 0.6, 0.4], [0.7, 0.9, 0.5], METRIC)
    assert worse.low < worse.value < 0
