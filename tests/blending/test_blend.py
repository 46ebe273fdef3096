import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from caselab.blending import blend
from caselab.storage import models


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(90, 2)), columns=["a", "b"])
    return X, pd.Series(np.where(X["a"] > 0.5, "no", np.where(X["b"] > 0, "maybe", "yes")))


def fitted(estimator, X, y):
    return Pipeline([("model", estimator)]).fit(X, y)


def test_probabilities_are_the_average_and_a_class_that_a_member_never_saw_has_none_of_its(rows):
    X, y = rows
    members = {
        "all": fitted(LogisticRegression(), X, y),
        "without": fitted(DecisionTreeClassifier(max_depth=2), X[y != "maybe"], y[y != "maybe"]),
        "unused": fitted(LogisticRegression(), X, y),
    }
    found = blend.classification().hold(members, np.array([0.75, 0.25, 0.0]))
    assert list(found.classes_) == ["maybe", "no", "yes"]
    assert [name for name, _ in found.members_] == ["all", "without"]
    given = members["without"].predict_proba(X)
    others = np.column_stack([np.zeros(len(X)), given])
    expected = 0.75 * members["all"].predict_proba(X) + 0.25 * others
    np.testing.assert_array_equal(found.predict_proba(X), expected)
    assert list(found.predict(X)) == list(found.classes_[expected.argmax(axis=1)])


def test_what_is_stored_answers_the_same(rows, tmp_path):
    X, y = rows
    target = pd.Series(X["a"] * 2 + (y == "no"))
    members = {
        "line": fitted(LinearRegression(), X, target),
        "tree": fitted(DecisionTreeRegressor(max_depth=3), X, target),
    }
    found = Pipeline([("model", blend.regression().hold(members, np.array([0.4, 0.6])))])
    models.save(found, tmp_path)
    read = models.load(tmp_path)
    np.testing.assert_array_equal(read.predict(X), found.predict(X))
    assert list(read.feature_names_in_) == ["a", "b"]


def test_fitted_anew_the_members_learn_and_their_weights_stay(rows):
    X, _ = rows
    target = pd.Series(X["a"])
    members = {n: fitted(LinearRegression(), X, target) for n in ("one", "two")}
    found = blend.regression().hold(members, np.array([0.5, 0.5])).fit(X, -target)
    np.testing.assert_allclose(found.predict(X), -target, atol=1e-9)
    assert found.weights_.tolist() == [0.5, 0.5]


def test_settings_are_those_of_an_estimator():
    assert clone(blend.classification(method="stack")).get_params() == {
        "method": "stack",
        "rounds": 50,
    }
