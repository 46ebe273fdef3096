import numpy as np
import pytest

from caselab.forecasting.intervals import LEVELS, bounds, conformal


def test_bounds_hold_the_share_that_they_say_of_exchangeable_errors():
    """On average over calibrations: the guarantee of split-conformal intervals."""
    random = np.random.default_rng(0)
    held = {level: [] for level in LEVELS}
    for _ in range(100):
        errors, new = random.gamma(2, size=(99, 3)), random.gamma(2, size=(50, 3))
        for level in LEVELS:
            lower, upper = bounds(np.zeros((50, 3)), np.ones(50), conformal(errors), level)
            held[level].append(((lower <= new) & (new <= upper)).mean())
    assert np.mean(held[80]) == pytest.approx(0.81, abs=0.01)
    assert np.mean(held[95]) >= 0.94


def test_bounds_go_with_the_scale_of_a_row_and_each_moment_has_its_own():
    errors = np.array([[-1.0, -2.0], [0.0, 0.0], [1.0, 3.0]])
    lower, upper = bounds(np.full((2, 2), 10.0), np.array([1.0, 5.0]), conformal(errors), 95)
    np.testing.assert_array_equal(lower, [[9, 8], [5, 0]])
    np.testing.assert_array_equal(upper, [[11, 13], [15, 25]])


def test_bounds_are_the_errors_of_the_ranks_that_the_finite_sample_asks_for():
    """Also where the rank is a whole number: a tenth of 20 is 2."""
    found = conformal(np.arange(1.0, 20.0)[:, np.newaxis])["80"]
    assert (found["lower"], found["upper"]) == ([2.0], [18.0])
