import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.utils.estimator_checks import parametrize_with_checks

from caselab.architectures.naive_bayes import MixedNB


@parametrize_with_checks([MixedNB()])
def test_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    y = random.integers(3, size=300)
    continuous = random.normal(size=(300, 2)) + y[:, None]
    binary = np.where(random.random((300, 4)) < 0.2 + 0.3 * y[:, None], 5.0, -1.0)
    return continuous, binary, y


def test_continuous_columns_alone_give_what_gaussian_nb_gives(rows):
    X, _, y = rows
    expected = GaussianNB().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(MixedNB().fit(X, y).predict_proba(X), expected, rtol=1e-8)


def test_columns_of_two_values_alone_give_what_bernoulli_nb_gives(rows):
    _, X, y = rows
    expected = BernoulliNB(binarize=0.0).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(MixedNB().fit(X, y).predict_proba(X), expected, rtol=1e-8)


def test_both_kinds_multiply(rows):
    continuous, binary, y = rows
    gauss = GaussianNB().fit(continuous, y)
    joint = (
        gauss.predict_joint_log_proba(continuous)
        + BernoulliNB(binarize=0.0).fit(binary, y).predict_joint_log_proba(binary)
        - np.log(gauss.class_prior_)
    )
    expected = np.exp(joint) / np.exp(joint).sum(axis=1, keepdims=True)
    X = np.hstack([continuous, binary])
    np.testing.assert_allclose(MixedNB().fit(X, y).predict_proba(X), expected, rtol=1e-8)


def test_a_column_of_one_value_tells_nothing(rows):
    X, _, y = rows
    constant = np.hstack([X, np.full((len(X), 1), 7.0)])
    expected = MixedNB().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(MixedNB().fit(constant, y).predict_proba(constant), expected)
