import math

import pytest
import torch
from torch import nn

from caselab.learning.layers.initializers import initialize, initializers

N_INPUTS, N_OUTPUTS = 300, 200
DEVIATIONS = {
    "xavier_uniform": math.sqrt(2 / (N_INPUTS + N_OUTPUTS)),
    "xavier_normal": math.sqrt(2 / (N_INPUTS + N_OUTPUTS)),
    "he_uniform": math.sqrt(2 / N_INPUTS),
    "he_normal": math.sqrt(2 / N_INPUTS),
    "orthogonal": math.sqrt(1 / N_INPUTS),  # rows of length 1
    "normal": 0.02,
    "zeros": 0.0,
}


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(N_INPUTS, N_OUTPUTS), nn.Conv1d(4, 6, 5, bias=False))


@pytest.mark.parametrize("name", initializers)
def test_each_spreads_weights_as_its_paper_says(name):
    linear, convolution = layers = network()
    initialize(layers, name)
    assert linear.weight.std().item() == pytest.approx(DEVIATIONS[name], rel=0.02)
    assert linear.weight.mean().item() == pytest.approx(0, abs=1e-3)
    assert not linear.bias.any()
    assert not torch.equal(convolution.weight, network()[1].weight)


def test_uniform_is_bounded_and_orthogonal_is_orthogonal():
    layers = network()
    initialize(layers, "xavier_uniform")
    assert layers[0].weight.abs().max() <= math.sqrt(6 / (N_INPUTS + N_OUTPUTS))
    initialize(layers, "orthogonal")
    torch.testing.assert_close(layers[0].weight @ layers[0].weight.T, torch.eye(N_OUTPUTS))


def test_default_leaves_torchs_own():
    layers = network()
    initialize(layers, "default")
    torch.testing.assert_close(layers.state_dict(), network().state_dict(), rtol=0, atol=0)
