"""Losses by name: modules that give the mean over a batch.

A classification loss takes logits (batch, classes) and class numbers (batch,), and is built with
one weight a class or None; a regression loss takes predictions and targets, both (batch, 1). The
first of each table is what `auto` stands for.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it


class FocalLoss(nn.Module):
    """Cross-entropy in which rows that are already answered well count less (Lin et al. 2017)."""

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, gamma: float = 2.0):
        super().__init__()
        self.register_buffer("weight", weight)
        self.gamma = gamma

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the mean loss of logits (batch, classes), each row weighted by its class."""
        surprise = F.cross_entropy(logits, target, reduction="none")  # (batch,)
        loss = (1 - torch.exp(-surprise)) ** self.gamma * surprise
        if self.weight is None:
            return loss.mean()
        weight = self.weight[target]  # (batch,)
        return (weight * loss).sum() / weight.sum()


classification: dict[str, Callable[[Tensor | None], nn.Module]] = {
    "cross_entropy": nn.CrossEntropyLoss,
    "focal": FocalLoss,
}
regression: dict[str, Callable[[], nn.Module]] = {
    "squared_error": nn.MSELoss,
    "absolute_error": nn.L1Loss,
    "huber": nn.HuberLoss,  # squared below one standard deviation of the target, absolute above
}
