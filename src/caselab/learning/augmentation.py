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
from caselab.learning.training import Augmentation

MOVES = ("flip", "rotate", "shift", "zoom", "crop", "cutout")


def check(words: Augmentation, shape: tuple[int, ...], dtype: np.dtype | type) -> None:
    """Refuse to change inputs `(n_samples, ...)` of a type that cannot be changed so.

    Raises:
        UserError: what is to be mirrored or moved is no picture, or noise would fall on ids.
    """
    moves = moved(words)
    if moves and len(shape) != 4:
        raise UserError(
            f"training.augmentation.{moves[0]} changes pictures, but this network is given rows of "
            f"shape {shape[1:]}; show pictures with features.flatten false, or remove the setting."
        )
    if words.noise and np.dtype(dtype).kind != "f":
        raise UserError(
            "training.augmentation.noise is added to numbers, but this network looks up ids; "
            "remove it."
        )


def moved(words: Augmentation) -> list[str]:
    """Return the words that move what a picture shows."""
    return [name for name in MOVES if getattr(words, name)]


def augment(X: Tensor, words: Augmentation) -> Tensor:
    """Return a batch `(batch, channels, height, width)`, each picture changed in its own way.

    What moves in from beyond the edge repeats the edge.
    """
    if words.flip:
        mirrored = torch.rand(len(X), 1, 1, 1, device=X.device) < words.flip
        X = torch.where(mirrored, X.flip(3), X)
    if words.rotate or words.shift or words.zoom or words.crop:
        grid = functional.affine_grid(_affine(X, words), list(X.shape), align_corners=False)
        X = functional.grid_sample(X, grid, padding_mode="border", align_corners=False)
    if words.cutout:
        X = X.masked_fill(_square(X, words.cutout), 0)
    if words.noise:
        X = X + words.noise * torch.randn_like(X)
    return X


def _affine(X: Tensor, words: Augmentation) -> Tensor:
    """Return for each picture where in it a point of the new one comes from, `(batch, 2, 3)`.

    Points are given in halves of width and of height from the middle, as `affine_grid` wants them.
    """
    height, width = X.shape[2:]
    drawn = torch.rand(4, len(X), dtype=X.dtype, device=X.device) * 2 - 1  # from -1 to 1
    angle = drawn[0] * math.radians(words.rotate)
    size = 1 + drawn[1] * words.zoom
    cos, sin = angle.cos() / size, angle.sin() / size
    shift = drawn[2:] * 2 * words.shift  # (2, batch), of x and of y
    if words.crop:
        cut = torch.rand(3, len(X), dtype=X.dtype, device=X.device)
        left = 1 - cut[0] * words.crop  # of each side
        cos, sin = cos * left, sin * left
        shift = shift + (cut[1:] * 2 - 1) * (1 - left)  # as far as what is left stays inside
    across = torch.stack([cos, -sin * height / width, shift[0]], dim=1)
    down = torch.stack([sin * width / height, cos, shift[1]], dim=1)
    return torch.stack([across, down], dim=1)  # (batch, 2, 3)


def _square(X: Tensor, side: float) -> Tensor:
    """Return which points lie in a square around a random one, `(batch, 1, height, width)`.

    Source: DeVries and Taylor, Improved Regularization of Convolutional Neural Networks with Cutout,
    2017.
    """
    height, width = X.shape[2:]
    half = side * min(height, width) / 2
    middle = torch.rand(2, len(X), 1, 1, 1, device=X.device)
    rows = torch.arange(height, device=X.device)[:, None] + 0.5
    columns = torch.arange(width, device=X.device) + 0.5
    down, across = middle[0] * height - rows, middle[1] * width - columns
    return (down.abs() < half) & (across.abs() < half)
