"""What a training does, seen from its weights."""

import shutil

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from sklearn.utils import check_random_state
from torch import nn

from caselab import learning
from caselab.architectures import lenet, mlp, recurrent
from caselab.errors import UserError
from caselab.learning import batches
from caselab.learning.training import Training
from caselab.learning.validation import hold_out
from caselab.learning.vocabulary import PADDING

ONE_STEP = {
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "weight_decay": 0.0,
    "initialization": "zeros",
    "batch_size": 1000,
    "max_epochs": 1,
    "validation_fraction": 0.0,
}


def linear(class_weight=None, **settings):
    """Return a network without hidden layers, which starts at zero."""
    return mlp.classification(
        hidden=(),
        class_weight=class_weight,
        training=Training(**{**ONE_STEP, **settings}),
        random_state=0,
    )


def gradient(X, y, weight=(1.0, 1.0)):
    """Return the gradient of the cross-entropy at zero weights, (2, n_features)."""
    of_row = np.asarray(weight)[y]
    error = (0.5 - np.eye(2)[y]) * (of_row / of_row.sum())[:, None]
    return error.T @ X


def step(model, X, y):
    return -model.fit(X, y).weights_["output.weight"] / model.training.learning_rate


def test_a_step_goes_against_the_gradient(rows):
    np.testing.assert_allclose(step(linear(), *rows), gradient(*rows), atol=1e-6)


def test_class_weights_weigh_the_gradient(rows):
    model = linear(class_weight={0: 1.0, 1: 7.0})
    np.testing.assert_allclose(step(model, *rows), gradient(*rows, (1.0, 7.0)), atol=1e-6)


def test_balanced_classes_weigh_the_same_together(rows):
    X, y = rows[0][:200], np.repeat([0, 1], [160, 40])
    model = linear(class_weight="balanced")
    np.testing.assert_allclose(step(model, X, y), gradient(X, y, (1.0, 4.0)), atol=1e-6)


def test_accumulated_batches_make_the_step_of_one_large_batch(rows):
    model = linear(batch_size=77, accumulate=4)  # 300 rows in four batches
    np.testing.assert_allclose(step(model, *rows), gradient(*rows), atol=1e-6)


def test_a_clipped_gradient_has_the_norm_asked_for(rows):
    model = linear(gradient_clip=0.01).fit(*rows)
    moved = np.concatenate([array.ravel() for array in model.weights_.values()])
    assert np.linalg.norm(moved) == pytest.approx(0.5 * 0.01, rel=1e-3)
    generous = linear(gradient_clip=1e6)
    np.testing.assert_allclose(step(generous, *rows), gradient(*rows), atol=1e-6)


def test_the_learning_rate_of_each_epoch_follows_the_schedule(rows):
    model = linear(schedule="exponential", decay_factor=0.5, decay_epochs=1, max_epochs=4)
    model.fit(*rows)
    assert [epoch["learning_rate"] for epoch in model.history_] == [0.5, 0.25, 0.125, 0.0625]


def test_a_plateau_is_of_the_validation_loss(rows):
    model = overfitting(schedule="plateau", decay_epochs=1, decay_factor=0.5).fit(*rows)
    rate, lowest = 0.02, np.inf
    for epoch in model.history_:
        assert epoch["learning_rate"] == pytest.approx(rate)
        rate /= 1 if epoch["validation_loss"] < lowest else 2
        lowest = min(lowest, epoch["validation_loss"])
    assert rate < 0.02


def test_the_train_loss_is_the_mean_over_rows(rows):
    X, y = rows
    model = linear(optimizer="adam", learning_rate=1e-9, batch_size=128).fit(X, y)
    assert model.history_[0]["train_loss"] == pytest.approx(np.log(2), abs=1e-6)


def overfitting(**settings):
    training = {"learning_rate": 0.02, "batch_size": 32, "patience": 5, **settings}
    return mlp.classification(
        hidden=(64,),
        dropout=0.0,
        training=Training(weight_decay=0, validation_fraction=0.2, **training),
        random_state=5,
    )


def held_out(model, y):
    seed = check_random_state(model.random_state).randint(2**31 - 1)
    return hold_out(len(y), model.training.validation_fraction, seed, y)[1]


def test_training_stops_early_and_keeps_the_best_weights(rows):
    X, y = rows
    model = overfitting().fit(X, y)
    losses = [epoch["validation_loss"] for epoch in model.history_]
    assert model.best_epoch_ == np.argmin(losses) + 1
    assert len(losses) == model.best_epoch_ + model.training.patience < model.training.max_epochs
    held = held_out(model, y)
    found = log_loss(y[held], model.predict_proba(X[held]))
    assert found == pytest.approx(min(losses), rel=1e-5)
    assert losses[-1] > min(losses)
    accuracy = model.history_[model.best_epoch_ - 1]["validation_accuracy"]
    assert accuracy == pytest.approx(model.score(X[held], y[held]))


def test_without_validation_all_rows_train_to_the_last_epoch(rows):
    model = overfitting().set_params(training__validation_fraction=0, training__max_epochs=7)
    model.fit(*rows)
    assert len(model.history_) == model.best_epoch_ == 7
    assert "validation_loss" not in model.history_[0]


def test_an_epoch_visits_every_row_once_in_an_order_of_its_own(rows, monkeypatch):
    orders = []
    split = batches.split

    def spy(numbers, size):
        if len(numbers) == 240:
            orders.append(numbers.tolist())
        return split(numbers, size)

    monkeypatch.setattr(batches, "split", spy)
    overfitting(max_epochs=3).fit(*rows)
    assert [sorted(order) for order in orders] == [list(range(240))] * 3
    assert len({tuple(order) for order in orders}) == 3


@pytest.mark.parametrize(
    ("precision", "dtype"), [("64-true", "float64"), ("bf16-mixed", "float32")]
)
def test_precision(rows, precision, dtype):
    X, y = rows
    single = overfitting(max_epochs=4).fit(X, y)
    model = overfitting(max_epochs=4, precision=precision).fit(X, y)
    assert {array.dtype.name for array in model.weights_.values()} == {dtype}
    difference = np.abs(model.predict_proba(X) - single.predict_proba(X)).max()
    assert 0 < difference < (1e-2 if precision == "64-true" else 0.2)


def test_pictures_laid_out_by_pixel_are_learned_from_alike(monkeypatch):
    random = np.random.default_rng(0)
    X = random.random((60, 3, 12, 12), dtype=np.float32)
    y = X[:, 0].mean(axis=(1, 2)) > X[:, 1].mean(axis=(1, 2))

    def fitted(**words):
        settings = Training(max_epochs=3, batch_size=20, accelerator="cpu", **words)
        return lenet.classification(training=settings, random_state=0).fit(X, y)

    one = fitted()
    seen, forward = set(), lenet.LeNet5.forward

    def watched(network, x):
        last = [weights for weights in network.parameters() if weights.ndim == 4][-1]
        seen.add((x.stride(1), last.stride(1)))
        return forward(network, x)

    monkeypatch.setattr(lenet.LeNet5, "forward", watched)
    other = fitted(channels_last=True)
    other.predict(X)
    assert seen == {(1, 1)}
    for name, weights in one.weights_.items():
        assert other.weights_[name].flags.c_contiguous
        np.testing.assert_allclose(other.weights_[name], weights, atol=1e-4)
    np.testing.assert_allclose(other.predict_proba(X), one.predict_proba(X), atol=1e-4)
    other.attach_state(other.detach_state())
    np.testing.assert_allclose(other.predict_proba(X), one.predict_proba(X), atol=1e-4)


def test_only_pictures_can_be_laid_out_by_pixel(rows):
    with pytest.raises(UserError, match=r"training\.channels_last.*remove it"):
        overfitting(channels_last=True).fit(*rows)


def test_texts_grouped_by_length_are_padded_less_and_learned_from_once_an_epoch(monkeypatch):
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 20, 200)
    X = np.where(np.arange(20) < lengths[:, None], rng.integers(2, 30, (200, 20)), PADDING)
    y = (X == 5).any(axis=1).astype(int)
    seen = []
    forward = recurrent.RecurrentClassifier.forward

    def watched(network, ids):
        if network.training:
            seen.append((ids != PADDING).sum(1))
        return forward(network, ids)

    monkeypatch.setattr(recurrent.RecurrentClassifier, "forward", watched)

    def padding(**settings):
        seen.clear()
        training = Training(max_epochs=1, batch_size=16, validation_fraction=0, **settings)
        recurrent.classification(training=training, random_state=0).fit(X, y)
        assert sorted(torch.cat(seen).tolist()) == sorted(lengths)
        return sum(int(batch.max()) * len(batch) for batch in seen) / lengths.sum() - 1

    assert padding(group_by_length=True) < 0.2 < 0.5 < padding()


def test_only_texts_can_be_grouped_by_length(rows):
    with pytest.raises(UserError, match=r"training\.group_by_length.*remove it"):
        overfitting(group_by_length=True).fit(*rows)


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles with g++")
def test_a_compiled_network_learns_alike(rows, monkeypatch):
    compiled, compile_ = [], nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda net: compiled.append(net) or compile_(net))
    one, other = (linear(max_epochs=3, compile=each).fit(*rows) for each in (False, True))
    assert one.weights_.keys() == other.weights_.keys()
    np.testing.assert_allclose(other.predict_proba(rows[0]), one.predict_proba(rows[0]), atol=1e-4)
    assert [type(network) for network in compiled] == [mlp.MLP]


def test_a_loss_that_is_not_finite_says_what_to_do(rows):
    model = linear(learning_rate=1e38, max_epochs=5)
    with pytest.raises(UserError, match=r"not finite after 5 epochs.*training\.learning_rate"):
        model.fit(*rows)
    with pytest.raises(UserError, match="not finite"):
        model.set_params(training__validation_fraction=0.1).fit(rows[0] * 1e12, rows[1])


def test_every_epoch_is_told(rows):
    told = []
    with learning.session(on_epoch=lambda epoch, metrics: told.append({"epoch": epoch, **metrics})):
        model = overfitting().fit(*rows)
    assert told == model.history_
    overfitting().fit(*rows)
    assert len(told) == len(model.history_)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_says_what_to_do(rows):
    with pytest.raises(UserError, match=r"training\.accelerator is 'gpu'.*auto or cpu"):
        overfitting(accelerator="gpu").fit(*rows)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_gpu_learns_the_same_and_repeats_itself(rows, precision):
    X, y = rows
    one, two = (overfitting(accelerator="gpu", precision=precision).fit(X, y) for _ in range(2))
    for name, array in one.weights_.items():
        np.testing.assert_array_equal(array, two.weights_[name])
    on_cpu = overfitting(accelerator="cpu").fit(X, y)
    assert one.score(X, y) == pytest.approx(on_cpu.score(X, y), abs=0.05)
