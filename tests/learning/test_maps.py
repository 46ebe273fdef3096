"""Filters, maps and Grad-CAM, against what they are defined as."""

import numpy as np
import pytest
import torch
from torch import nn

from caselab.learning import maps
from caselab.learning.estimators import LightningClassifier
from caselab.learning.training import Training


class Convolving(nn.Module):
    """Two convolutions, the mean of their maps, and a linear layer: Grad-CAM is known."""

    def __init__(self, shape, n_outputs, activation):
        super().__init__()
        self.shown = nn.Identity()
        self.first = nn.Sequential(nn.Conv2d(shape[0], 3, 3, padding=1), activation())
        self.second = nn.Sequential(nn.Conv2d(3, 5, 3, stride=2, padding=1), activation())
        self.output = nn.Linear(5, n_outputs)

    def forward(self, x):
        return self.output(self.second(self.first(self.shown(x))).mean((2, 3)))


@pytest.fixture(scope="module")
def fitted():
    X = np.random.default_rng(0).normal(size=(12, 2, 8, 10)).astype(np.float32)
    training = Training(max_epochs=1, accelerator="cpu")
    return LightningClassifier(Convolving, training=training, random_state=0).fit(
        X, np.arange(12) % 3
    ), X


def test_filters_are_the_weights_of_the_first_convolution(fitted):
    model, _ = fitted
    np.testing.assert_array_equal(maps.filters(model), model.weights_["first.0.weight"])


def test_maps_are_the_last_of_each_size_the_largest_first(fitted):
    model, X = fitted
    large, small = maps.feature_maps(model, X[:2])
    assert (large.layer, small.layer) == ("first.1", "second.1")
    network = model.network_on(torch.device("cpu"))
    with torch.no_grad():
        expected = network.first(torch.tensor(X[:2]))
        np.testing.assert_allclose(large.answers, expected)
        np.testing.assert_allclose(small.answers, network.second(expected))


def test_grad_cam_of_means_and_a_linear_layer_is_the_weighted_sum_of_maps(fitted):
    """As of class activation maps, whose generalization it is."""
    model, X = fitted
    outputs = np.array([0, 2, 1, 1])
    found = maps.grad_cam(model, X[:4], outputs)
    assert found.shape == (4, 8, 10)
    answers = maps.feature_maps(model, X[:4])[-1].answers  # (4, 5, 4, 5)
    weights = model.weights_["output.weight"][outputs] / 20
    small = np.maximum(np.einsum("nm,nmhw->nhw", weights, answers), 0)
    sides = {"size": (8, 10), "mode": "bilinear"}
    expected = nn.functional.interpolate(torch.tensor(small)[:, None], **sides)[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_who_convolves_makes_maps(fitted, rows):
    linear = type(
        "Linear", (nn.Linear,), {"__init__": lambda s, n, k, _: nn.Linear.__init__(s, *n, k)}
    )
    training = Training(max_epochs=1, accelerator="cpu")
    model = LightningClassifier(linear, training=training, random_state=0).fit(*rows)
    assert maps.makes_maps(fitted[0])
    assert not maps.makes_maps(model)
    assert maps.filters(model) is None
