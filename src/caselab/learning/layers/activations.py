"""Activations by name."""

from collections.abc import Callable

from torch import nn

Activation = Callable[[], nn.Module]

activations: dict[str, Activation] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
