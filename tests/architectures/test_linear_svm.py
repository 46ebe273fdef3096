import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator

from caselab.architectures import linear_svm
from caselab.storage import archives

EXPECTED = {
    "check_class_weight_classifiers": "the probabilities take back what class weights do to them",
}


@pytest.fixture(scope="module")
def counts():
    """Return 300 sparse rows of three classes, each with features of its own, and their labels."""
    random = np.random.default_rng(0)
    label = random.integers(0, 3, 300)
    X = random.poisson(0.3 + 0.7 * (np.arange(30) // 10 == label[:, np.newaxis]))
    return sparse.csr_matrix(X.astype(float)), np.array(["east", "north", "south"])[label]


def fitted(X, y, **settings):
    return linear_svm.classification(random_state=0, **settings).fit(X, y)


@pytest.mark.filterwarnings("ignore")
def test_it_keeps_scikit_learns_contract():
    found = check_estimator(linear_svm.LinearSVM(), expected_failed_checks=EXPECTED, on_fail=None)
    assert [each["check_name"] for each in found if each["status"] == "failed"] == []


def test_the_machine_is_that_of_liblinear_and_takes_sparse_and_dense(counts):
    X, y = counts
    theirs = LinearSVC(random_state=0, max_iter=2000).fit(X, y)
    model = fitted(X, y)
    np.testing.assert_allclose(model.coef_, theirs.coef_)
    np.testing.assert_allclose(model.predict_proba(X), model.predict_proba(X.toarray()))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_are_calibrated_better_than_margins_taken_as_log_odds(counts, n_classes):
    X, y = counts
    rows = np.flatnonzero(np.isin(y, np.unique(y)[:n_classes]))
    X, y = X[rows], y[rows]
    model = fitted(X[:100], y[:100])
    found = model.predict_proba(X[100:])
    np.testing.assert_allclose(found.sum(axis=1), 1)
    surprise = log_loss(y[100:], found)
    model.slope_, model.shift_ = 5.0, np.zeros(n_classes)
    assert surprise < log_loss(y[100:], model.predict_proba(X[100:]))


def test_with_two_classes_the_probability_rises_with_the_margin(counts):
    X, y = counts
    rows = np.flatnonzero(y != "south")
    model = fitted(X[rows], y[rows])
    margin = (X[rows] @ model.coef_.T).ravel()
    assert (np.diff(model.predict_proba(X[rows])[np.argsort(margin), 1]) >= 0).all()
    assert (model.predict(X[rows]) == y[rows]).mean() > 0.9


def test_a_class_of_one_row_is_learned_too(counts):
    X, y = counts
    y = y[:100].copy()
    y[0] = "alone"
    assert list(fitted(X[:100], y).classes_) == ["alone", "east", "north", "south"]
    few = fitted(X[:3], ["a", "b", "c"])
    np.testing.assert_allclose(few.predict_proba(X[:3]).sum(axis=1), 1)


def test_it_is_stored_and_repeats(counts):
    X, y = counts
    archive = archives.dumps(fitted(X, y), None)
    assert archive == archives.dumps(fitted(X, y), None)
    np.testing.assert_array_equal(
        archives.loads(archive).predict_proba(X), fitted(X, y).predict_proba(X)
    )
