"""What every network keeps that takes rows to outputs, whichever it is."""

import numpy as np
import pytest
import torch

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
        "max_epochs": 150,
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
