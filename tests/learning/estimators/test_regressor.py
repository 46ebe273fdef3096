import numpy as np
import pytest
from sklearn.metrics import r2_score

from caselab.architectures import mlp
from caselab.learning.training import Training

TRAINING = Training(max_epochs=40, batch_size=16, learning_rate=0.02, accelerator="cpu")


@pytest.fixture(scope="module")
def horizon():
    """Return 300 rows and three values of each, in units far apart."""
    X = np.random.default_rng(0).normal(size=(300, 4))
    return X, np.column_stack([X[:, 0], 1e4 * X[:, 1] + 5e4, 1e-3 * (X[:, 2] - X[:, 3])])


def model():
    return mlp.regression(hidden=(16,), dropout=0.0, training=TRAINING, random_state=0)


def test_several_values_of_a_row_are_learned_each_in_its_own_unit(horizon):
    X, y = horizon
    found = model().fit(X[:200], y[:200])
    answers = found.predict(X[200:])
    assert answers.shape == (100, 3)
    assert (r2_score(y[200:], answers, multioutput="raw_values") > 0.95).all()


def test_the_error_is_told_in_the_target_s_units(horizon):
    X, y = horizon
    fitted = model().fit(X, y)
    rmse = fitted.history_[fitted.best_epoch_ - 1]["validation_rmse"]
    spread = np.sqrt(((y - fitted.predict(X)) ** 2).mean())
    assert rmse == pytest.approx(spread, rel=0.6)


def test_one_value_in_a_column_is_answered_in_a_column(horizon):
    X, y = horizon
    single, column = model().fit(X, y[:, 0]), model().fit(X, y[:, :1])
    assert single.predict(X).shape == (300,)
    np.testing.assert_allclose(column.predict(X)[:, 0], single.predict(X), rtol=1e-6)


def test_a_value_that_never_changes_is_answered(horizon):
    X, y = horizon
    flat = np.column_stack([y[:, 0], np.full(300, 7.0)])
    np.testing.assert_allclose(model().fit(X, flat).predict(X)[:, 1], 7, atol=0.2)
