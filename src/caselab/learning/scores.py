"""Scores of a network's outputs that are told of rows held out, epoch by epoch."""

import numpy as np
import torch
from torch import Tensor

from caselab.learning.losses import IGNORED, Total


class Accuracy:
    """The share of places whose likeliest class is the true one; padding is no place."""

    def total(self, logits: Tensor, target: Tensor) -> Total:
        """Count the right ones among logits (batch, classes) or (batch, time, classes)."""
        right = logits.argmax(-1) == target
        if target.ndim == 1:
            return Total(right.float().sum(), float(len(target)))
        asked = target != IGNORED
        return Total((right & asked).float().sum(), asked.sum())

    def told(self, mean: Tensor) -> Tensor:
        """Return the mean as it is."""
        return mean


class RootMeanSquaredError:
    """The error in the target's own units.

    Args:
        scale: what one unit of the network's output stands for, for each output or all.
    """

    def __init__(self, scale: float | np.ndarray):
        self.greatest = float(np.max(scale))
        self.share = torch.as_tensor(scale / self.greatest)

    def total(self, output: Tensor, target: Tensor) -> Total:
        """Sum squared errors (batch, n_outputs) in shares of the greatest unit."""
        error = (output - target) * self.share.to(output)
        return Total(error.square().sum(), float(target.numel()))

    def told(self, mean: Tensor) -> Tensor:
        """Return the root in the target's units."""
        return mean.sqrt() * self.greatest
