import numpy as np
import pytest
from scipy.optimize import minimize

from caselab.blending.stacking import stack


def test_an_average_that_makes_the_truth_is_found():
    random = np.random.default_rng(0)
    answers = random.normal(size=(3, 200, 2))
    weights = np.array([0.7, 0.0, 0.3])
    truth = np.tensordot(weights, answers, 1)
    assert stack(answers, truth) == pytest.approx(weights, abs=1e-6)


def test_an_error_that_all_share_changes_no_weight():
    random = np.random.default_rng(1)
    answers, truth = random.normal(size=(3, 300, 1)), random.normal(size=(300, 1))
    assert stack(answers + 1e5, truth + 1e5) == pytest.approx(stack(answers, truth), abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_those_of_another_solver(seed):
    random = np.random.default_rng(seed)
    truth = random.normal(size=(150, 1))
    answers = truth + random.normal(size=(4, 150, 1)) * random.uniform(0.3, 2, size=(4, 1, 1))

    def error(weights):
        return float(np.square(np.tensordot(weights, answers, 1) - truth).mean())

    known = minimize(
        error,
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
        options={"ftol": 1e-14},
    )
    found = stack(answers, truth)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert (found >= 0).all()
    assert found == pytest.approx(known.x, abs=1e-3)
    assert error(found) <= min(error(alone) for alone in np.eye(4))
