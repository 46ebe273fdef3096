"""Intervals that may be looked at at any time: their width, their error, and how often they miss."""

import math

import numpy as np
import pytest
from scipy import stats

from caselab.evaluation.confidence_sequences import (
    LEAST_FREEDOM,
    MOST_GROUPS,
    OF_FEW,
    Estimate,
    degrees_of_freedom,
    difference,
    estimated,
    widening,
)


def mean_of(values):
    return lambda weights: (weights @ values) / weights.sum(axis=-1)


def test_the_error_of_a_mean_is_the_textbooks():
    values = np.random.default_rng(0).exponential(size=150)
    found = estimated(mean_of(values), np.arange(150))
    assert found.value == pytest.approx(values.mean())
    assert found.error == pytest.approx(stats.sem(values))


def test_the_error_of_many_units_is_that_of_groups_of_them():
    values = np.random.default_rng(0).normal(size=3 * MOST_GROUPS)
    found = estimated(mean_of(values), np.arange(len(values)))
    assert found.error == pytest.approx(stats.sem(values), rel=0.05)
    assert len(values) / 2 < found.freedom < len(values)


def test_rows_of_one_customer_are_one_observation():
    values = np.random.default_rng(0).normal(size=100)
    units = np.repeat(np.arange(100), 4)
    found = estimated(mean_of(np.repeat(values, 4)), units)
    assert found.error == pytest.approx(stats.sem(values))


def test_the_width_is_robbins_mixture_of_which_one_look_takes_less():
    """Ville's bound of the normal mixture, put in again."""
    alpha, n = 0.05, 400
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / 1000
    sum_ = widening(n, n, alpha) / (1 + OF_FEW / math.sqrt(n)) * math.sqrt(n)
    mixture = math.exp(sum_**2 * rho2 / (2 * (n * rho2 + 1))) / math.sqrt(n * rho2 + 1)
    assert mixture == pytest.approx(1 / alpha)
    assert widening(n, n, alpha) > 1.5 * stats.norm.ppf(1 - alpha / 2)
    few, best, many = (widening(each, each, alpha) for each in (30, 1000, 100_000))
    assert few > best < many
    assert widening(n, 10, alpha) > widening(n, n, alpha)


def test_degrees_of_freedom_are_those_of_the_variance():
    """Of samples of a rare error, how much their variances vary, beside a normal sample's."""
    n, share = 1000, 0.02
    variances = (np.random.default_rng(0).random((20_000, n)) < share).var(axis=1, ddof=1)
    kurtosis = 3 + (1 - 6 * share * (1 - share)) / (share * (1 - share))
    relative = variances.var() / variances.mean() ** 2
    assert 2 / relative == pytest.approx(degrees_of_freedom(n, kurtosis), rel=0.05)
    assert degrees_of_freedom(n, 3.0) == n - 1


def test_a_version_that_made_no_mistake_yet_is_not_known_to_make_none():
    new, old = np.ones(120), np.r_[np.zeros(60), np.ones(940)]
    found = [estimated(mean_of(each), np.arange(len(each))) for each in (new, old)]
    assert found[0].error == 0
    gain = difference(*found).gain(0.05)
    assert gain.low < 0 < gain.value
    perfect = difference(found[0], found[0])
    assert math.isnan(perfect.gain(0.05).low)


def test_nothing_is_told_of_a_class_that_hardly_came():
    labels = np.r_[np.ones(1), np.zeros(299)]  # one mistake
    found = estimated(mean_of(labels), np.arange(300))
    assert found.freedom < LEAST_FREEDOM
    assert math.isnan(found.gain(0.05).low)


def test_paired_answers_tell_more_than_independent_ones():
    random = np.random.default_rng(0)
    rows = random.normal(size=300)
    new, old = rows + 0.1 + random.normal(scale=0.1, size=300), rows
    units = np.arange(300)
    together = estimated(lambda w: mean_of(new)(w) - mean_of(old)(w), units).gain(0.05)
    sides = [estimated(mean_of(each), units) for each in (new, old)]
    apart = difference(*sides).gain(0.05)
    assert together.value == pytest.approx(apart.value)
    assert together.low > 0 > apart.low
    turned = difference(*reversed(sides)).gain(0.05)
    assert turned.value == pytest.approx(-apart.value)
    assert turned.low == pytest.approx(-apart.high)


@pytest.mark.parametrize("share_of_errors", [0.2, 0.01], ids=["errors", "rare errors"])
def test_trials_of_a_version_against_its_like_are_seldom_wrong_however_often_they_are_looked_at(
    share_of_errors,
):
    """400 A/A trials, each looked at 200 times."""
    random, alpha, n = np.random.default_rng(7), 0.1, 3000
    wrong = random.random((400, n)) < share_of_errors
    challenger = random.random((400, n)) < 0.15
    at = np.arange(1000, n, 10)
    sides = []
    for arm in (challenger, ~challenger):
        count = arm.cumsum(axis=1)[:, at]
        mean = (wrong & arm).cumsum(axis=1)[:, at] / count
        variance = mean * (1 - mean)
        kurtosis = (1 - 3 * variance) / np.maximum(variance, 1e-12)
        freedom = degrees_of_freedom(count, kurtosis)
        sides.append(Estimate(mean, np.sqrt(variance * count / (count - 1)), count, freedom))
    gain = difference(*sides)
    assert (np.abs(gain.value) > gain.reach(alpha)).any(axis=1).mean() <= alpha
    own = np.sqrt(sum(side.error**2 for side in sides))  # and an interval for one look
    once = stats.norm.ppf(1 - alpha / 2) * own
    assert (np.abs(gain.value) > once).any(axis=1).mean() > 3 * alpha
