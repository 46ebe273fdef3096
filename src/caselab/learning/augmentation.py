"""Pictures changed at random while a network trains, so that it learns what does not matter.

The random numbers are torch's, which every epoch seeds anew (learner.py): a resumed training sees
the same changes. Settings of 0 draw none.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from caselab.errors import UserError
from caselab.learning.training import Training

MOVES = ("flip", "rotate", "shift", "zoom")


def check(training: Training, X: np.ndarray) -> None:
    """Refuse to change inputs `(n_samples, ...)` that cannot be changed so.

    Raises:
        UserError: what is to be mirrored or moved is no picture, or noise would fall on ids.
    """
    moves = [name for name in MOVES if getattr(training, name)]
    if moves and X.ndim != 4:
        raise UserError(
            f"training.{moves[0]} changes pictures, but this network is given rows of shape "
            f"{X.shape[1:]}; show pictures with features.flatten false, or remove the setting."
        )
    if training.noise and X.dtype.kind != "f":
        raise UserError(
            "training.noise is added to numbers, but this network looks up ids; remove it."
        )


def augment(X: Tensor, training: Training) -> Tensor:
    """Return a batch `(batch, channels, height, width)`, each picture changed in its own way.

    What moves in from beyond the edge repeats the edge.
    """
    if training.flip:
        mirrored = torch.rand(len(X), 1, 1, 1, device=X.device) < training.flip
        X = torch.where(mirrored, X.flip(3), X)
    if training.rotate or training.shift or training.zoom:
        grid = functional.affine_grid(_affine(X, training), list(X.shape), align_corners=False)
        X = functional.grid_sample(X, grid, padding_mode="border", align_corners=False)
    if training.noise:
        X = X + training.noise * torch.randn_like(X)
    return X


def _affine(X: Tensor, training: Training) -> Tensor:
    """Return for each picture where in it a point of the new one comes from, `(batch, 2, 3)`.

    Points are given in halves of width and of height from the middle, as `affine_grid` wants them.
    """
    height, width = X.shape[2:]
    drawn = torch.rand(4, len(X), dtype=X.dtype, device=X.device) * 2 - 1  # from -1 to 1
    angle = drawn[0] * math.radians(training.rotate)
    size = 1 + drawn[1] * training.zoom
    cos, sin = angle.cos() / size, angle.sin() / size
    shift = drawn[2:] * 2 * training.shift  # (2, batch), of x and of y
    across = torch.stack([cos, -sin * height / width, shift[0]], dim=1)
    down = torch.stack([sin * width / height, cos, shift[1]], dim=1)
    return torch.stack([across, down], dim=1)  # (batch, 2, 3)
