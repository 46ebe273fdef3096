"""Networks that others have trained on pictures, and how pictures become what those were shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from caselab.errors import UserError
from caselab.learning.layers.convolutions import picture_shape
from caselab.learning.pretrained import Weights

LOOKED_AT = 256
"""Pictures of which the range of pixels is looked at."""


@dataclass(frozen=True)
class PictureBackbone:
    """A network without its last layer.

    Args:
        network: from pictures (batch, channels, height, width) to maps (batch, n_features, ...).
        n_features: that it finds.
        weights: that others have trained it to.
        mean: of the pixels, from 0 to 1, that it was trained on; of each channel.
        deviation: likewise.
        least_side: pixels; of fewer nothing is left after its strides.
        size: height and width that it takes; None: any.
    """

    network: nn.Module
    n_features: int
    weights: Weights
    mean: Sequence[float]
    deviation: Sequence[float]
    least_side: int
    size: tuple[int, int] | None = None

    def check(self, name: str, X: Any) -> None:
        """Refuse pictures whose pixels are not from 0 to 1, by the first of them.

        Raises:
            UserError: they are not.
        """
        pixels = np.asarray(X[:LOOKED_AT])
        if pixels.ndim != 4:
            return  # what is no picture is told by its shape
        if pixels.min() < 0 or pixels.max() > 1:
            raise UserError(
                f"{name} brings pixels of 0 to 1 to the scale it was trained on, but is given "
                f"{pixels.min():.3g} to {pixels.max():.3g}; leave features.scale at unit."
            )

    def layers(self, name: str, shape: tuple[int, ...]) -> dict[str, nn.Module]:
        """Return what takes pictures of a shape from 0..1 to features (batch, n_features), by name.

        Raises:
            UserError: they are no pictures, too small, or of other channels.
        """
        if len(shape) != 3:
            raise UserError(
                f"{name} reads pictures, and is given rows of shape {shape}: of a view of pictures set "
                "features.flatten to false; of texts set features.represent to subwords, and "
                "model.backbone to one that reads them, such as minilm."
            )
        least = 1 if self.size else self.least_side
        channels, *_ = picture_shape(name, shape, least)
        if channels not in {1, len(self.mean)}:
            wanted = len(self.mean)
            raise UserError(
                f"{name} reads pictures of {wanted} channel{'s' * (wanted > 1)}, and these have "
                f"{channels}; set channels to {'rgb' if wanted == 3 else 'grey'} in the view's block."
            )
        return {
            "input": Normalization(self.mean, self.deviation, self.size),
            "backbone": self.network,
            "pool": Mean(),
        }


class Normalization(nn.Module):
    """Bring pictures of 0 to 1 to the size and the numbers that a network was trained on.

    A grey picture is shown to all of its channels.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, mean: Sequence[float], deviation: Sequence[float], size: tuple[int, int] | None
    ):
        super().__init__()
        for name, values in (("mean", mean), ("deviation", deviation)):
            self.register_buffer(name, torch.tensor(values).reshape(-1, 1, 1))
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Return pictures (batch, channels, height, width) of the network's channels and size."""
        if self.size is not None and tuple(x.shape[2:]) != self.size:
            words: dict[str, Any] = {"mode": "bilinear", "align_corners": False, "antialias": True}
            x = functional.interpolate(x, self.size, **words)
        normal: Tensor = (x - self.mean) / self.deviation
        return normal


class Mean(nn.Module):
    """The mean of maps over the picture; features without places stay as they are."""

    def forward(self, x: Tensor) -> Tensor:
        """Return features (batch, n_features)."""
        return x.flatten(2).mean(2) if x.ndim > 2 else x
