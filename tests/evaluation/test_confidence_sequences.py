"""Intervals that may be looked at at any time: their width, their error, and how often they miss."""

import math

import numpy as np
import pytest
from scipy import stats

from caselab.evaluation.confidence_sequences import (
    MOST_GROUPS,
    OF_FEW,
    estimated,
    independent,
    paired,
    widening,
)


def mean_of(values):
    return lambda weights: (weights @ values) / weights.sum(axis=-1)


def test_the_error_of_a_mean_is_the_textbooks():
    values = np.random.default_rng(0).exponential(size=150)
    value, error = estimated(mean_of(values), np.arange(150))
    assert value == pytest.approx(values.mean())
    assert error == pytest.approx(stats.sem(values))


def test_the_error_of_many_units_is_that_of_groups_of_them():
    values = np.random.default_rng(0).normal(size=3 * MOST_GROUPS)
    _, error = estimated(mean_of(values), np.arange(len(values)))
    assert error == pytest.approx(stats.sem(values), rel=0.05)


def test_rows_of_one_customer_are_one_observation():
    values = np.random.default_rng(0).normal(size=100)
    units = np.repeat(np.arange(100), 4)
    _, error = estimated(mean_of(np.repeat(values, 4)), units)
    assert error == pytest.approx(stats.sem(values))


def test_the_width_is_robbins_mixture_of_which_one_look_takes_less():
    """Ville's bound of the normal mixture, put in again."""
    alpha, n = 0.05, 400
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / 1000
    sum_ = widening(n, alpha) / (1 + OF_FEW / math.sqrt(n)) * math.sqrt(n)
    mixture = math.exp(sum_**2 * rho2 / (2 * (n * rho2 + 1))) / math.sqrt(n * rho2 + 1)
    assert mixture == pytest.approx(1 / alpha)
    assert widening(n, alpha) > 1.5 * stats.norm.ppf(1 - alpha / 2)
    assert widening(30, alpha) > widening(1000, alpha) < widening(100_000, alpha)


def test_paired_answers_tell_more_than_independent_ones():
    random = np.random.default_rng(0)
    rows = random.normal(size=300)
    new, old = rows + 0.1 + random.normal(scale=0.1, size=300), rows
    units = np.arange(300)
    together = paired(lambda w: mean_of(new)(w) - mean_of(old)(w), units, 0.05)
    apart = independent((mean_of(new), units), (mean_of(old), units), 1.0, 0.05)
    assert together.value == pytest.approx(apart.value)
    assert together.low > 0 > apart.low
    turned = independent((mean_of(new), units), (mean_of(old), units), -1.0, 0.05)
    assert turned.value == pytest.approx(-apart.value)


def test_trials_of_a_version_against_its_like_are_seldom_wrong_however_often_they_are_looked_at():
    """400 A/A trials, each looked at 190 times: an interval for one look is wrong in most."""
    random, alpha, n = np.random.default_rng(7), 0.1, 2000
    right = random.random((400, n)) < 0.8
    challenger = random.random((400, n)) < 0.3
    at = np.arange(100, n, 10)
    sums = {}
    for name, arm in (("new", challenger), ("old", ~challenger)):
        count = arm.cumsum(axis=1)[:, at]
        mean = (right & arm).cumsum(axis=1)[:, at] / count
        sums[name] = (mean, np.sqrt(mean * (1 - mean) / (count - 1)), count)
    (new, new_error, m), (old, old_error, k) = sums.values()
    error = np.hypot(new_error, old_error)
    freedom = error**4 / (new_error**4 / (m - 1) + old_error**4 / (k - 1))
    width = np.vectorize(lambda each: widening(each, alpha))(freedom) * error
    gain = np.abs(new - old)
    enough = np.minimum(m, k) >= 100
    wrong = ((gain > width) & enough).any(axis=1).mean()
    assert wrong <= alpha
    once = stats.norm.ppf(1 - alpha / 2) * error
    assert ((gain > once) & enough).any(axis=1).mean() > 3 * alpha
