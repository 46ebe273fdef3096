"""What convolutional networks share: what they read, how wide they are, a convolution with its norm."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

from caselab.errors import UserError
from caselab.learning.layers.activations import Activation

Stem = Literal["auto", "large", "small"]

SMALL_SIDE = 64  # pixels; up to this the first layers of a network for photographs see too little


def picture_shape(network: str, shape: tuple[int, ...], least_side: int) -> tuple[int, int, int]:
    """Return channels, height and width of what a network is given.

    Raises:
        UserError: the rows are no pictures, or too small.
    """
    if len(shape) != 3:
        raise UserError(
            f"{network} reads pictures, but is given rows of shape {shape}; set "
            "features.flatten to false in the pipeline's block."
        )
    channels, height, width = shape
    if min(height, width) < least_side:
        raise UserError(
            f"{network} needs pictures of at least {least_side} x {least_side} pixels, and these "
            f"have {height} x {width}; give the view a larger size."
        )
    return channels, height, width


def is_small(stem: Stem, shape: tuple[int, ...]) -> bool:
    """Tell whether a network starts with the stem for small pictures `(channels, height, width)`."""
    return stem == "small" or (stem == "auto" and min(shape[1:], default=0) <= SMALL_SIDE)


def widened(channels: int, width: float, divisor: int = 1) -> int:
    """Return a multiple of `channels`, rounded to one of `divisor` but by a tenth down at most.

    Source: Howard et al. (2017), MobileNets, as its authors' code rounds.
    """
    wanted = channels * width
    rounded = max(divisor, int(wanted + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * wanted else rounded


class ConvNorm(nn.Sequential):
    """A convolution that keeps the size, or divides it by its stride; its norm; an activation."""

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        kernel: int,
        activation: Activation | None,
        *,
        stride: int = 1,
        groups: int = 1,
    ):
        layers: list[nn.Module] = [
            nn.Conv2d(
                n_inputs,
                n_outputs,
                kernel,
                stride=stride,
                padding=(kernel - 1) // 2,
                groups=groups,
                bias=False,
            ),
            nn.BatchNorm2d(n_outputs),
        ]
        if activation is not None:
            layers.append(activation())
        super().__init__(*layers)


def by_pixel(network: nn.Module) -> nn.Module:
    """Lay a network's weights out in memory as `training.channels_last` says, pixel by pixel."""
    laid_out: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return laid_out
