"""Bagging and AdaBoost: what averaging and boosting are meant to do to a tree."""

import numpy as np
import pytest
from sklearn.datasets import make_friedman1, make_hastie_10_2
from sklearn.metrics import brier_score_loss, r2_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from caselab.architectures import adaboost, bagging


@pytest.fixture(scope="module")
def spheres():
    """Hastie's ten Gaussians: a row is of class 1 outside the sphere that holds half of them."""
    X, y = make_hastie_10_2(n_samples=3000, random_state=0)
    return X[:2000], y[:2000], X[2000:], y[2000:]


def test_boosted_stumps_find_a_sphere_that_no_stump_sees(spheres):
    X, y, X_new, y_new = spheres
    stump = DecisionTreeClassifier(max_depth=1).fit(X, y).score(X_new, y_new)
    model = adaboost.classification(n_estimators=200, learning_rate=1.0, random_state=0)
    assert model.fit(X, y).score(X_new, y_new) > 0.85 > 0.6 > stump


def test_probabilities_of_boosted_trees_are_calibrated(spheres):
    X, y, X_new, y_new = spheres
    model = adaboost.classification(n_estimators=100, random_state=0).fit(X, y)
    margins = model.calibrated_classifiers_[0].estimator
    raw = brier_score_loss(y_new, margins.predict_proba(X_new)[:, 1])
    assert brier_score_loss(y_new, model.predict_proba(X_new)[:, 1]) < 0.8 * raw


@pytest.mark.parametrize(
    "model",
    [
        bagging.regression(n_estimators=30, min_samples_leaf=1, random_state=0, n_jobs=1),
        adaboost.regression(n_estimators=30, min_samples_leaf=1, random_state=0),
    ],
    ids=["bagging", "adaboost"],
)
def test_many_trees_tell_more_than_one(model):
    X, y = make_friedman1(n_samples=800, noise=1.0, random_state=0)
    one = DecisionTreeRegressor(random_state=0).fit(X[:500], y[:500])
    alone = r2_score(y[500:], one.predict(X[500:]))
    assert r2_score(y[500:], model.fit(X[:500], y[:500]).predict(X[500:])) > alone + 0.1


def test_a_bag_is_the_mean_of_its_trees():
    X, y = make_friedman1(n_samples=200, random_state=0)
    model = bagging.regression(n_estimators=5, max_features=1.0, random_state=0, n_jobs=1)
    trees = model.fit(X, y).estimators_
    assert len({tree.tree_.node_count for tree in trees}) > 1  # each has seen another draw
    np.testing.assert_allclose(model.predict(X), np.mean([t.predict(X) for t in trees], axis=0))
