import math

import pytest
import torch

from caselab.learning.layers.activations import activations

AT_MINUS_1_AND_2 = {
    "relu": (0.0, 2.0),
    "relu6": (0.0, 2.0),
    "leaky_relu": (-0.01, 2.0),
    "elu": (math.exp(-1) - 1, 2.0),
    "gelu": (-0.158655, 1.954500),
    "silu": (-1 / (1 + math.e), 2 / (1 + math.exp(-2))),
    "tanh": (math.tanh(-1), math.tanh(2)),
    "sigmoid": (1 / (1 + math.e), 1 / (1 + math.exp(-2))),
}


@pytest.mark.parametrize("name", activations)
def test_each_is_its_function(name):
    found = activations[name]()(torch.tensor([-1.0, 2.0])).tolist()
    assert found == pytest.approx(AT_MINUS_1_AND_2[name], abs=1e-5)
