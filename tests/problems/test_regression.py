from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression

from caselab.errors import UserError
from caselab.features.steps.targets import log, unlog
from caselab.problems.regression import problem as regression

CASE = SimpleNamespace(title="Toy", metric="rmse", positive=None)
PARTS = {
    "train": np.array([True, True, False, True]),
    "test": np.array([False, False, True, False]),
}


def prices(*numbers):
    return pd.Series(numbers, name="price")


def test_the_report_tells_the_quartiles_of_each_part():
    found = regression.check(prices(1, 2, 3, 5), PARTS)["target quartiles"]
    assert found["all"] == [1, 1.75, 2.5, 3.5, 5]
    assert found["test"] == [3] * 5


def test_a_target_of_one_value_is_refused():
    with pytest.raises(UserError, match=r"'price' has the one value 7 in all 4 rows"):
        regression.check(prices(7, 7, 7, 7), PARTS)


@pytest.mark.parametrize("broken", [np.nan, np.inf, "many", None])
def test_a_target_that_is_no_finite_number_is_refused(broken):
    with pytest.raises(UserError, match=r"'price' is no finite number in 1 of 4 rows"):
        regression.check(prices(1, 2, broken, 3), PARTS)


def test_a_part_of_one_value_is_nothing_to_learn_from():
    assert regression.learnable(prices(1, 2), prices(1, 2, 3))
    assert not regression.learnable(prices(1, 1), prices(1, 2, 3))


def test_numbers_fall_into_no_strata():
    assert regression.strata(prices(1, 2)) is None


def test_answers_are_numbers_and_are_what_is_decided():
    X = pd.DataFrame({"area": [1.0, 2.0, 3.0]})
    answers = regression.answer(LinearRegression().fit(X, [2, 4, 6]), X)
    assert answers["value"].tolist() == pytest.approx([2, 4, 6])
    decision = regression.decision(prices(2, 4, 6), answers, CASE, {})
    assert decision == {}
    assert regression.decide(answers, CASE, decision).tolist() == answers["value"].tolist()
    assert set(regression.score(prices(2, 4, 6), answers, CASE)) == set(regression.metrics)
    only = regression.score(prices(2, 4, 6), answers, CASE, metrics=["mae"])
    assert only == {"mae": pytest.approx(0)}


def test_a_logged_target_is_learned_by_its_logarithm_and_answered_in_its_own_unit():
    X = np.arange(10.0)[:, None]
    y = np.exp(X[:, 0]) - 1
    model = TransformedTargetRegressor(LinearRegression(), func=log, inverse_func=unlog).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-6)


def test_a_target_below_0_has_no_logarithm():
    with pytest.raises(UserError, match="target: log needs targets of at least 0"):
        log(np.array([1.0, -3.0]))
