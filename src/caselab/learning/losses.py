"""Losses by name: modules that give the loss of a batch as a sum and what it is a sum over.

A classification loss takes logits (batch, classes) and class numbers (batch,), or those of every
place of sequences, (batch, time, classes) and (batch, time), where the class `IGNORED` counts
nothing; it is built with one weight a class or None. A regression loss takes predictions and
targets of one shape. The first of each table is what `auto` stands for.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

IGNORED = -100
"""The class of a place that is padding: torch's own default for it."""


class Total(NamedTuple):
    """A sum over a batch and its weight: their ratio is the mean, also over several batches."""

    sum: Tensor
    weight: Tensor | float


class CrossEntropy(nn.Module):
    """The surprise at the true class, weighted by class."""

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None):
        super().__init__()
        self.register_buffer("weight", weight)

    def forward(self, logits: Tensor, target: Tensor) -> Total:
        """Return the sum over all places that are no padding."""
        logits, target, count = _places(logits, target)
        if self.weight is None:
            total = F.cross_entropy(logits, target, ignore_index=IGNORED, reduction="sum")
            return Total(total, count)
        # The one kernel that gives the sum with the weight that its mean divides by
        log_probability = F.log_softmax(logits, 1, dtype=self.weight.dtype)
        return Total(
            *torch.ops.aten.nll_loss_forward(log_probability, target, self.weight, 2, IGNORED)
        )


class FocalLoss(nn.Module):
    """Cross-entropy in which rows that are already answered well count less (Lin et al. 2017)."""

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, gamma: float = 2.0):
        super().__init__()
        self.register_buffer("weight", weight)
        self.gamma = gamma

    def forward(self, logits: Tensor, target: Tensor) -> Total:
        """Return the sum over all places that are no padding, each weighted by its class."""
        logits, target, count = _places(logits, target)
        surprise = F.cross_entropy(logits, target, ignore_index=IGNORED, reduction="none")
        loss = (1 - torch.exp(-surprise)) ** self.gamma * surprise  # 0 where it is padding
        if self.weight is None:
            return Total(loss.sum(), count)
        weight = self.weight[target.clamp(min=0)] * (target != IGNORED)
        return Total((weight * loss).sum(), weight.sum())


class Error(nn.Module):
    """One of torch's functions of predictions and targets, summed over all numbers."""

    def __init__(self, function: Callable[..., Tensor]):
        super().__init__()
        self.function = function

    def forward(self, prediction: Tensor, target: Tensor) -> Total:
        """Return the sum over rows and the numbers of each."""
        return Total(self.function(prediction, target, reduction="sum"), float(target.numel()))


def _places(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor | float]:
    """Return the places of all sequences as rows of their own, and how many are no padding."""
    if target.ndim == 1:
        return logits, target, float(len(target))
    return logits.flatten(0, 1), target.flatten(), (target != IGNORED).sum()


classification: dict[str, Callable[[Tensor | None], nn.Module]] = {
    "cross_entropy": CrossEntropy,
    "focal": FocalLoss,
}
regression: dict[str, Callable[[], nn.Module]] = {
    "squared_error": lambda: Error(F.mse_loss),
    "absolute_error": lambda: Error(F.l1_loss),
    # squared below one standard deviation of the target, absolute above
    "huber": lambda: Error(F.huber_loss),
}
