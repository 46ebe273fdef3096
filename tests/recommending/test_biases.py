import numpy as np
import pytest

from caselab.recommending.biases import Biases
from caselab.recommending.interactions import Interactions
from tests.movies import ratings


@pytest.fixture(scope="module")
def met():
    table = ratings()
    return Interactions.of(table, table["rating"])


def test_without_damping_the_deviations_are_those_of_least_squares(met):
    biases = Biases.of(met, 0.0, 0.0, n_iterations=200)
    n_users, n_items = met.shape
    design = np.zeros((len(met.user), n_users + n_items))
    design[np.arange(len(met.user)), met.user] = 1
    design[np.arange(len(met.user)), n_users + met.item] = 1
    best = np.linalg.lstsq(design, met.rating - biases.mean, rcond=None)[0]
    np.testing.assert_allclose(
        met.rating - biases.mean - design @ best, biases.residuals(met), atol=1e-6
    )


def test_damping_draws_deviations_to_the_mean(met):
    free, damped = Biases.of(met, 0.0, 0.0), Biases.of(met, 1e9, 1e9)
    assert np.abs(free.user).max() > 0.3
    assert np.abs(damped.user).max() < 1e-6
    assert np.abs(damped.item).max() < 1e-6


def test_who_was_never_seen_has_no_deviation(met):
    biases = Biases.of(met, 5.0, 5.0)
    table = ratings().head(1).assign(user="nobody", item="nothing")
    assert biases.rate(met.queries(table)) == pytest.approx([biases.mean])
