"""What convolutional networks share: what they read, how wide they are, a convolution with its norm."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

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
    """A convolution that keeps the size, or divides it by its stride; its norm; an activation.

    `tensorflow` pads and normalizes as that library does, for weights that were learned so.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        kernel: int,
        activation: Activation | None,
        *,
        stride: int = 1,
        groups: int = 1,
        tensorflow: bool = False,
    ):
        layers: list[nn.Module] = (
            [
                ConvSame(n_inputs, n_outputs, kernel, stride, groups=groups, bias=False),
                nn.BatchNorm2d(n_outputs, eps=1e-3, momentum=0.01),
            ]
            if tensorflow
            else [
                nn.Conv2d(
                    n_inputs,
                    n_outputs,
                    kernel,
                    stride,
                    padding=(kernel - 1) // 2,
                    groups=groups,
                    bias=False,
                ),
                nn.BatchNorm2d(n_outputs),
            ]
        )
        if activation is not None:
            layers.append(activation())
        super().__init__(*layers)


class ConvSame(nn.Conv2d):
    """A convolution padded as TensorFlow does: no more than its stride needs, the rest at the end."""

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (batch, n_outputs, height / stride, width / stride), rounded up."""
        sides = zip(x.shape[2:], self.kernel_size, self.stride, strict=True)
        padding: list[int] = []
        for side, kernel, stride in sides:
            wanted = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            # torch names the last side first
            padding = [wanted // 2, wanted - wanted // 2, *padding]
        return super().forward(functional.pad(x, padding))


def by_pixel(network: nn.Module) -> nn.Module:
    """Lay a network's weights out in memory as `training.channels_last` says, pixel by pixel."""
    laid_out: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return laid_out
