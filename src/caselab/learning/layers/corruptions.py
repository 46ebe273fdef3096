"""Corruptions by name: noise on what a network reads while it learns, which it is not to give back.

Source: Vincent, Larochelle, Lajoie, Bengio and Manzagol (2010), Stacked denoising autoencoders.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

CorruptionName = Literal["none", "gaussian", "masking", "dropout"]


def gaussian(X: Tensor, level: float) -> Tensor:
    """Add normal noise of deviation `level`."""
    return X + level * torch.randn_like(X)


def masking(X: Tensor, level: float) -> Tensor:
    """Set a share `level` of the numbers to 0."""
    return X * (torch.rand_like(X) >= level)


def dropout(X: Tensor, level: float) -> Tensor:
    """Set a share `level` of the numbers to 0, and make the others so much larger that sums stay."""
    return functional.dropout(X, level)


corruptions: dict[str, Callable[[Tensor, float], Tensor]] = {
    "gaussian": gaussian,
    "masking": masking,
    "dropout": dropout,
}


class Corruption(nn.Module):
    """A layer that corrupts what goes through it while the network learns, anew each time."""

    def __init__(self, name: CorruptionName, level: float):
        super().__init__()
        self.name, self.level = name, level

    def forward(self, X: Tensor) -> Tensor:
        """Return the batch (batch, ...), corrupted while learning."""
        if self.name == "none" or not self.training:
            return X
        return corruptions[self.name](X, self.level)
