"""What is to be learned, and what came out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from caselab.learning.batches import Samples, Sequences
from caselab.learning.objectives import Objective
from caselab.learning.validation import Split


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    `X` (n_samples, ...) and `y` (n_samples, ...), or None where the rows themselves are the target;
    `dtype` is what the network is given rows as, `split` says which rows are held out.
    """

    X: Samples
    y: np.ndarray | Sequences | None
    dtype: np.dtype | type
    objective: Objective
    split: Split


@dataclass(frozen=True)
class Fit:
    """What came out: the weights of the best epoch, its number, and each epoch's metrics."""

    weights: dict[str, np.ndarray]
    best_epoch: int
    history: list[dict[str, float]]
    pretrained: dict[str, str] = field(default_factory=dict)
    """What is to be told of weights that the network started from."""


def stored(fit: Fit) -> dict[str, Any]:
    """Return a fit as plain values and tensors."""
    weights = {name: torch.from_numpy(array) for name, array in fit.weights.items()}
    return {**vars(fit), "weights": weights}


def restored(state: dict[str, Any]) -> Fit:
    """Return the fit that `stored` made plain."""
    weights = {name: tensor.numpy() for name, tensor in state["weights"].items()}
    return Fit(**{**state, "weights": weights})
