import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from torch import nn

from caselab.architectures import mlp
from caselab.errors import UserError
from caselab.learning.estimators import LightningClassifier, LightningRegressor
from caselab.learning.training import Training
from caselab.storage.rows import Rows

QUICK = Training(max_epochs=10, batch_size=16, learning_rate=0.02, accelerator="cpu")


def classifier(**settings):
    settings = {"hidden": (16,), "dropout": 0.2, "training": QUICK, "random_state": 0, **settings}
    return mlp.classification(**settings)


def regressor(**settings):
    settings = {"hidden": (16,), "dropout": 0.2, "training": QUICK, "random_state": 0, **settings}
    return mlp.regression(**settings)


EXPECTED_TO_FAIL = {
    "check_parameters_default_constructible": (
        "the default of `training` is a dataclass; the check fears that a default is changed by "
        "accident, which a frozen one cannot be"
    )
}
# 32-bit sums are ordered by the size of a batch: answers for a part of the rows differ by 2e-7
# from those for all, and check_methods_subset_invariance allows 1e-7. So numbers are checked in 64.
CONTRACTORS = [
    classifier(dropout=0.0),
    regressor(dropout=0.0).set_params(training__precision="64-true"),
]


@parametrize_with_checks(CONTRACTORS, expected_failed_checks=lambda _: EXPECTED_TO_FAIL)
def test_scikit_learns_contract(estimator, check):
    check(estimator)


def test_settings_are_parameters():
    model = classifier(hidden=(8, 4))
    params = model.get_params()
    assert params["training__learning_rate"] == 0.02
    assert params["options__hidden"] == (8, 4)
    assert "training__learning_rate" not in model.get_params(deep=False)
    model.set_params(
        training__learning_rate=0.5, training__optimizer="sgd", options__hidden=(3,), random_state=9
    )
    assert (model.training.learning_rate, model.training.optimizer) == (0.5, "sgd")
    assert (model.options["hidden"], model.random_state) == ((3,), 9)
    assert QUICK.learning_rate == 0.02


def test_setting_a_parameter_changes_no_clone():
    model = classifier()
    copy = clone(model).set_params(training__batch_size=5, options__dropout=0.9)
    assert (model.training.batch_size, model.options["dropout"]) == (16, 0.2)
    assert (copy.training.batch_size, copy.options["dropout"]) == (5, 0.9)


@pytest.mark.parametrize(
    "name", ["learning_rate", "training__learning_rat", "options__width", "trainin__optimizer"]
)
def test_an_unknown_parameter_is_refused(name):
    with pytest.raises(ValueError, match="Invalid parameter"):
        classifier().set_params(**{name: 1})


def test_a_value_out_of_range_is_refused():
    with pytest.raises(ValueError, match="learning_rate"):
        classifier().set_params(training__learning_rate=-1)


def test_scikit_learn_searches_settings_in_a_pipeline(rows):
    pipeline = make_pipeline(StandardScaler(), classifier())
    name = "lightningclassifier__training__learning_rate"
    search = GridSearchCV(pipeline, {name: [1e-6, 0.01]}, cv=2, scoring="roc_auc").fit(*rows)
    assert search.best_params_ == {name: 0.01}
    assert search.best_score_ > 0.75


def test_classes_are_learned_whatever_their_labels(rows):
    X, y = rows
    labels = np.array(["stays", "leaves"])[y]
    frame = pd.DataFrame(X, columns=[*"abcdef"])
    model = classifier().fit(frame, pd.Series(labels))
    assert list(model.classes_) == ["leaves", "stays"]
    assert list(model.feature_names_in_) == [*"abcdef"]
    probability = model.predict_proba(frame)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-12)
    assert set(model.predict(frame)) == {"leaves", "stays"}
    assert (model.predict(frame) == model.classes_[probability.argmax(axis=1)]).all()
    assert model.score(frame, labels) > 0.8
    np.testing.assert_array_equal(
        probability[:, ::-1], classifier().fit(X, 1 - y).predict_proba(X)[:, ::-1]
    )


def test_more_than_two_classes():
    random = np.random.default_rng(0)
    y = np.repeat([10, 20, 30, 40], 60)
    X = random.normal(size=(240, 2)) + 4 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]]).repeat(60, 0)
    model = classifier().fit(X, y)
    assert model.predict_proba(X).shape == (240, 4)
    assert model.score(X, y) > 0.9


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="one class only: 'Yes'"):
        classifier().fit(np.zeros((9, 2)), ["Yes"] * 9)


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_that_are_no_32_bit_floats_are_refused(rows, value):
    X = rows[0].astype(np.float64)
    X[3, 2] = value
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        classifier().fit(X, rows[1])


def test_balanced_classes_find_more_of_the_rare_one():
    random = np.random.default_rng(0)
    y = np.repeat([0, 1], [360, 40])
    X = random.normal(size=(400, 2)) + y[:, None]
    plain, balanced = classifier().fit(X, y), classifier(class_weight="balanced").fit(X, y)
    assert (plain.predict(X) == 1)[y == 1].mean() < 0.4
    assert (balanced.predict(X) == 1)[y == 1].mean() > 0.6


def test_a_loss_for_another_problem_is_refused(rows):
    model = classifier(training=Training(loss="huber"))
    with pytest.raises(
        UserError, match="'huber', which is no loss for classification; choose one of: cross_ent"
    ):
        model.fit(*rows)


@pytest.mark.parametrize("loss", ["auto", "absolute_error", "huber"])
def test_numbers_are_learned_whatever_their_scale(line, loss):
    X, y = line
    model = regressor(dropout=0.0).set_params(training__loss=loss)
    assert model.fit(X[:200], y[:200]).score(X[200:], y[200:]) > 0.97
    model.fit(X, y)
    small = clone(model).fit(X, (y - 50_000) / 1000)
    np.testing.assert_allclose(small.predict(X) * 1000 + 50_000, model.predict(X), rtol=1e-4)
    rmse = model.history_[model.best_epoch_ - 1]["validation_rmse"]
    assert 100 < rmse < 0.3 * y.std()


def test_a_constant_target_is_answered():
    model = regressor().fit(np.random.default_rng(0).normal(size=(50, 2)), np.full(50, 7.0))
    np.testing.assert_allclose(model.predict(np.zeros((3, 2))), 7.0, atol=0.1)


class Pixels(nn.Module):
    """A convolutional network for images (batch, channels, height, width)."""

    def __init__(self, shape, n_outputs, activation):
        super().__init__()
        self.convolution = nn.Conv2d(shape[0], 4, 3)
        self.activation = activation()
        self.output = nn.Linear(4, n_outputs)

    def forward(self, x):
        return self.output(self.activation(self.convolution(x)).amax((2, 3)))


def test_images_are_learned():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 1, 8, 8)).astype(np.float32)
    y = np.arange(200) % 2
    X[y == 1, 0, 2:5, 2:5] += 2  # a bright spot
    training = Training(max_epochs=30, batch_size=16, learning_rate=0.02)
    model = LightningClassifier(Pixels, training=training, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.9
    assert model.shape_ == (1, 8, 8)


class Pairs(nn.Module):
    """An embedding of two ids, (batch, 2), whose product is the answer."""

    input_dtype = np.int64

    def __init__(self, shape, n_outputs, activation, *, n_ids, embedding_dim):
        super().__init__()
        self.embedding = nn.Embedding(n_ids, embedding_dim)
        self.output = nn.Linear(embedding_dim, n_outputs)

    def forward(self, x):
        assert x.dtype == torch.int64
        left, right = self.embedding(x).unbind(1)
        return self.output(left * right)


def test_ids_are_learned():
    random = np.random.default_rng(0)
    X = random.integers(0, 20, size=(600, 2))
    y = np.where(X[:, 0] % 2 == X[:, 1] % 2, 5.0, 1.0)
    training = Training(max_epochs=60, batch_size=32, learning_rate=0.03, weight_decay=0)
    options = {"n_ids": 20, "embedding_dim": 4}
    model = LightningRegressor(Pairs, options, training, random_state=0).fit(X, y)
    assert r2_score(y, model.predict(X)) > 0.9


def test_answers_are_the_same_in_a_clean_process_that_never_loads_lightning(rows, tmp_path):
    model = classifier(batch_norm=True, training=Training(max_epochs=2)).fit(*rows)
    (tmp_path / "model").write_bytes(pickle.dumps((model, rows[0])))
    code = (
        "import pickle, sys, torch, pathlib; torch.set_num_threads(1);"
        "model, X = pickle.loads(pathlib.Path('model').read_bytes());"
        "pathlib.Path('answers').write_bytes(model.predict_proba(X).tobytes());"
        "assert 'pytorch_lightning' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    assert (tmp_path / "answers").read_bytes() == model.predict_proba(rows[0]).tobytes()


def test_the_state_is_given_up_and_taken_back(rows):
    model = classifier()
    assert model.detach_state() is None
    before = model.fit(*rows).predict_proba(rows[0])
    state = model.detach_state()
    assert "weights_" not in vars(model)
    model.attach_state(state)
    assert model.detach_state() == state
    model.attach_state(state)
    np.testing.assert_array_equal(model.predict_proba(rows[0]), before)


def test_answering_draws_no_random_numbers(rows):
    model = classifier().fit(*rows)
    before = torch.get_rng_state()
    first, again = model.predict_proba(rows[0]), model.predict_proba(rows[0])
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("as_rows", [False, True])
def test_pictures_that_show_nothing_are_refused(as_rows):
    y = np.arange(20) % 2
    network = type("Means", (nn.Linear,), {
        "__init__": lambda self, shape, n, _: nn.Linear.__init__(self, shape[0], n),
        "forward": lambda self, x: nn.Linear.forward(self, x.mean((2, 3))),
    })  # fmt: skip
    X = np.full((20, 1, 6, 6), 0.25, dtype=np.float32)

    def fit():
        model = LightningClassifier(network, training=QUICK, random_state=0)
        return model.fit(Rows(X) if as_rows else X, y)

    with pytest.raises(UserError, match=r"Every pixel of all 20 pictures is 0\.25"):
        fit()
    X[7, 0, 2, 2] = 0.5
    assert fit().classes_.tolist() == [0, 1]
    X[7, 0, 2, 2] = np.nan
    with pytest.raises((UserError, ValueError), match=r"row 8 has pixels|contains NaN"):
        fit()
