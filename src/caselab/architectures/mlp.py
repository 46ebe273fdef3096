"""Multilayer perceptron: fully connected layers."""

import math
from itertools import pairwise
from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier, LightningRegressor
from caselab.learning.layers.activations import Activation
from caselab.learning.training import Training
from caselab.params.search import Between, OneOf


def classification(
    *,
    hidden: Annotated[
        tuple[PositiveInt, ...], OneOf((32,), (64,), (128,), (64, 32), (128, 64), (256, 128))
    ] = (128, 64),
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.5,
    batch_norm: Annotated[bool, OneOf(False, True)] = False,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return a network with `hidden` units in each layer and one output per class.

    `batch_norm` normalizes each layer's sums before they are activated, `dropout` comes after.

    Source: Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating
    errors, Nature.
    """
    options = {"hidden": hidden, "dropout": dropout, "batch_norm": batch_norm}
    return LightningClassifier(MLP, options, class_weight, training, random_state)


def regression(
    *,
    hidden: Annotated[
        tuple[PositiveInt, ...], OneOf((32,), (64,), (128,), (64, 32), (128, 64), (256, 128))
    ] = (128, 64),
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.2,
    batch_norm: Annotated[bool, OneOf(False, True)] = False,
    training: Training = Training(),
    random_state: int,
) -> LightningRegressor:
    """Return a network with `hidden` units in each layer and one output.

    `batch_norm` normalizes each layer's sums before they are activated, `dropout` comes after.

    Source: Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating
    errors, Nature.
    """
    options = {"hidden": hidden, "dropout": dropout, "batch_norm": batch_norm}
    return LightningRegressor(MLP, options, training, random_state)


class MLP(nn.Module):
    """Hidden layers, each linear, batch-normalised if asked for, activated, with dropout."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        hidden: tuple[int, ...],
        dropout: float,
        batch_norm: bool,
    ):
        super().__init__()
        sizes = [math.prod(shape), *hidden]
        self.hidden = nn.Sequential()
        for n_inputs, n_units in pairwise(sizes):
            self.hidden.append(nn.Linear(n_inputs, n_units))
            if batch_norm:
                self.hidden.append(nn.BatchNorm1d(n_units))
            self.hidden.append(activation())
            self.hidden.append(nn.Dropout(dropout))
        self.output = nn.Linear(sizes[-1], n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return outputs (batch, n_outputs) of inputs (batch, *shape)."""
        x = x.flatten(1)  # (batch, *shape) -> (batch, n_inputs)
        x = self.hidden(x)  # (batch, hidden[-1])
        output: Tensor = self.output(x)
        return output
