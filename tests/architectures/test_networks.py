"""What every network keeps that takes rows to outputs, whichever it is."""

import numpy as np
import pytest
import torch

from caselab import learning
from caselab.learning.estimators import LightningClassifier, LightningRegressor
from tests import toys
from tests.architectures.every import entries

NETWORKS = [
    entry
    for entry in entries()
    if isinstance(entry.pipeline()[-1], LightningClassifier | LightningRegressor)
]
every_network = pytest.mark.parametrize("entry", NETWORKS, ids=str)


def rows(entry, n):
    toy = toys.rows(entry.problem, entry.view)
    return toy.X[:n], toy.y[:n]


@every_network
def test_every_weight_learns(entry):
    X, y = rows(entry, 32)
    words = {"max_epochs": 1, "validation_fraction": 0, "activation": "tanh"}  # no unit can be dead
    pipeline = entry.fit(X, y, entry.pipeline(**words))
    estimator = pipeline[-1]
    network = estimator.network_on(torch.device("cpu"))
    network.requires_grad_(requires_grad=True)
    inputs = torch.as_tensor(np.asarray(pipeline[:-1].transform(X)))
    if not hasattr(estimator.network, "input_dtype"):
        inputs = inputs.float()
    outputs = network(inputs)
    (outputs * torch.randn_like(outputs)).sum().backward()
    still = [
        name
        for name, weights in network.named_parameters()
        if weights.grad is None or not weights.grad.any()
    ]
    assert still == []


@every_network
def test_eight_rows_can_be_learned_by_heart(entry):
    """By the loss while it learns: means of batches as small as this say little of other rows."""
    X, y = rows(entry, 8)
    words = {
        "max_epochs": 200,
        "validation_fraction": 0,
        "learning_rate": 0.005,
        "batch_size": 8,
        "schedule": "cosine",
    }
    pipeline = entry.pipeline(**words)
    kept_out = ("dropout", "stochastic_depth")
    options = pipeline[-1].options
    changed = {name: 0.0 for name in kept_out if name in options}
    if "hidden" in options:
        changed["hidden"] = 32 if isinstance(options["hidden"], int) else (32,)
    pipeline[-1].set_params(**{f"options__{name}": value for name, value in changed.items()})
    entry.fit(X, y, pipeline)
    losses = [epoch["train_loss"] for epoch in pipeline[-1].history_]
    assert losses[-1] < 0.1 * losses[0]


class KilledError(Exception):
    pass


@every_network
def test_a_kill_in_each_phase_is_made_good(entry, tmp_path):
    X, y = rows(entry, 32)
    words = {"phases": ({"epochs": 2}, {"epochs": 2, "learning_rate": 1e-4}), "batch_size": 16}

    def fitted(folder, killed_after=None):
        def on_epoch(epoch, _):
            if epoch == killed_after:
                raise KilledError

        with learning.session(tmp_path / folder, on_epoch, every=0):
            pipeline = entry.build(entry.block(training={"accelerator": "cpu"} | words))
            return entry.fit(X, y, pipeline)[-1]

    undisturbed = fitted("one")
    for epoch in (1, 3):
        with pytest.raises(KilledError):
            fitted("other", killed_after=epoch)
    resumed = fitted("other")
    assert resumed.history_ == undisturbed.history_
    for name, weights in undisturbed.weights_.items():
        np.testing.assert_array_equal(resumed.weights_[name], weights, err_msg=name)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@every_network
def test_a_gpu_answers_as_the_cpu_does(entry):
    X, y = rows(entry, 32)
    pipeline = entry.fit(X, y, entry.pipeline(accelerator="cpu"))
    estimator = pipeline[-1]
    ask = estimator.predict_proba if hasattr(estimator, "predict_proba") else estimator.predict
    inputs = pipeline[:-1].transform(X)
    on_cpu = ask(inputs)
    estimator.set_params(training__accelerator="gpu")
    np.testing.assert_allclose(ask(inputs), on_cpu, atol=1e-3)
