"""The way to a code and the way back: convolutions where there are filters, then dense layers.

With neither `filters` nor `hidden` units they are linear.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal

from torch import nn

from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import picture_shape

Output = Literal["linear", "sigmoid"]

_outputs: dict[str, type[nn.Module]] = {"linear": nn.Identity, "sigmoid": nn.Sigmoid}


class Encoder(nn.Sequential):
    """From rows (batch, *shape) to (batch, n_outputs)."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int | None,
        activation: Activation,
        hidden: tuple[int, ...],
        filters: tuple[int, ...],
        dropout: float,
    ):
        super().__init__()
        sides = _sides(shape, filters)
        if filters:
            for n_in, n_out in pairwise([shape[0], *filters]):
                self.append(nn.Conv2d(n_in, n_out, 3, stride=2, padding=1)).append(activation())
        if n_outputs is None:
            return
        self.append(nn.Flatten())
        sizes = [_n_numbers(shape, filters, sides), *hidden]
        _append_dense(self, sizes, activation, dropout)
        self.append(nn.Linear(sizes[-1], n_outputs))


class Decoder(nn.Sequential):
    """From codes (batch, n_codes) to rows (batch, *shape), by the encoder's layers in reverse."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_codes: int | None,
        activation: Activation,
        hidden: tuple[int, ...],
        filters: tuple[int, ...],
        dropout: float,
        output: Output,
    ):
        super().__init__()
        sides = _sides(shape, filters)
        if n_codes is not None:
            sizes = [n_codes, *hidden[::-1]]
            _append_dense(self, sizes, activation, dropout)
            self.append(nn.Linear(sizes[-1], _n_numbers(shape, filters, sides)))
            if filters:
                self.append(activation()).append(nn.Unflatten(1, (filters[-1], *sides[-1])))
        if filters:
            channels = [*filters[::-1], shape[0]]
            for place, (n_in, n_out) in enumerate(pairwise(channels)):
                small, large = sides[-1 - place], sides[-2 - place]
                beyond = (large[0] - 2 * small[0] + 1, large[1] - 2 * small[1] + 1)
                self.append(
                    nn.ConvTranspose2d(n_in, n_out, 3, stride=2, padding=1, output_padding=beyond)
                )
                if place + 1 < len(filters):
                    self.append(activation())
        else:
            self.append(nn.Unflatten(1, shape))
        self.append(_outputs[output]())


def _append_dense(
    layers: nn.Sequential, sizes: list[int], activation: Activation, dropout: float
) -> None:
    for n_in, n_out in pairwise(sizes):
        layers.append(nn.Linear(n_in, n_out)).append(activation())
        if dropout:
            layers.append(nn.Dropout(dropout))


def _sides(shape: tuple[int, ...], filters: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return height and width before and after each convolution; none where there are none."""
    if not filters:
        return []
    _, height, width = picture_shape("A convolutional autoencoder", shape, 2 ** len(filters))
    sides = [(height, width)]
    for _ in filters:
        height, width = math.ceil(height / 2), math.ceil(width / 2)
        sides.append((height, width))
    return sides


def _n_numbers(
    shape: tuple[int, ...], filters: tuple[int, ...], sides: list[tuple[int, int]]
) -> int:
    """Return the numbers of a row once it is through the convolutions."""
    return filters[-1] * math.prod(sides[-1]) if filters else math.prod(shape)
