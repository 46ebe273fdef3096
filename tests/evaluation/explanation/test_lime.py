import numpy as np
import pandas as pd
import pytest

from caselab.evaluation.explanation.lime import lime
from caselab.evaluation.explanation.shapley import shapley

COEFFICIENTS = np.array([3.0, -2.0, 0.0, 0.5])


@pytest.fixture
def X():
    random = np.random.default_rng(0)
    return pd.DataFrame(random.normal(size=(300, 4)), columns=[*"abcd"])


def linear(Z):
    return np.c_[Z.to_numpy() @ COEFFICIENTS, -(Z.to_numpy() @ COEFFICIENTS) + 1]


def test_of_a_linear_function_weights_are_its_coefficients_times_what_the_row_is_off_the_mean(X):
    row, background = X.head(1), X.tail(200)
    found = lime(linear, row, background, np.random.default_rng(1), n_samples=20_000)
    expected = COEFFICIENTS * (row.iloc[0] - background.mean())
    assert found.weights[:, 0] == pytest.approx(expected, abs=0.1)
    assert found.weights[:, 1] == pytest.approx(-found.weights[:, 0])
    by_shapley, _ = shapley(linear, row, background, np.random.default_rng(1))
    assert found.weights == pytest.approx(by_shapley[0], abs=0.1)


def test_of_parts_that_are_there_or_not_a_linear_function_is_found_but_for_the_penalty():
    words = pd.DataFrame(True, index=[0], columns=[*"abcd"])
    found = lime(linear, words, ~words, np.random.default_rng(0))
    assert found.weights[:, 0] == pytest.approx(COEFFICIENTS, abs=0.04)
    assert found.base == pytest.approx([0, 1], abs=0.04)
    assert found.r2 == pytest.approx([1, 1], abs=1e-3)


def test_what_is_not_linear_near_the_row_is_told_by_a_low_r2():
    words = pd.DataFrame(True, index=[0], columns=[*"abcd"])
    found = lime(
        lambda Z: (Z.sum(axis=1) % 2).to_numpy()[:, np.newaxis],
        words,
        ~words,
        np.random.default_rng(0),
    )
    assert found.r2[0] < 0.8


def test_the_row_near_counts_more_than_what_is_far():
    """Of a product of all parts, near the row each seems to matter much, and over all copies little."""
    words = pd.DataFrame(True, index=[0], columns=[*"abcdefgh"])

    def product(Z):
        return Z.all(axis=1).to_numpy(dtype=float)[:, np.newaxis]

    found = lime(product, words, ~words, np.random.default_rng(0))
    plain = 1 / (8 * 2_000)  # one copy of 2,000 keeps all
    assert found.weights.min() > 10 * plain


def test_copies_without_an_answer_are_left_out():
    words = pd.DataFrame(True, index=[0], columns=[*"abcd"])

    def with_gaps(Z):
        return np.where(Z.any(axis=1).to_numpy()[:, np.newaxis], linear(Z), np.nan)

    found = lime(with_gaps, words, ~words, np.random.default_rng(0))
    assert found.weights[:, 0] == pytest.approx(COEFFICIENTS, abs=0.05)


def test_equal_seeds_explain_equally(X):
    one, other = (
        lime(linear, X.head(1), X.tail(9), np.random.default_rng(3)).weights for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)
