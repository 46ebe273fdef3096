"""The features that a backbone finds in pictures, as the first layers of a network."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from caselab.errors import UserError
from caselab.learning import backbones
from caselab.learning.layers.activations import Activation

LOOKED_AT = 256
"""Pictures of which the range of pixels is looked at."""


class Features(nn.Sequential):
    """Pictures as a backbone wants them, the backbone, and the mean of its maps: `n_features`.

    Args:
        shape: channels, height and width.
        n_outputs: not used: the backbone has its own.
        activation: not used either.
        backbone: its name.
        known: what must be kept of the backbone's files.

    Raises:
        UserError: the rows are no pictures, too small, or of channels that the backbone cannot read.
    """

    @staticmethod
    def sizes(X: Any, *, backbone: str, **_: Any) -> dict[str, Any]:
        """Return what is known of the backbone.

        Raises:
            UserError: it cannot be had, or the pixels are not from 0 to 1.
        """
        pixels = np.asarray(X[:LOOKED_AT])
        if pixels.min() < 0 or pixels.max() > 1:
            raise UserError(
                "A pretrained network brings pixels of 0 to 1 to the scale it was trained on, but "
                f"is given {pixels.min():.3g} to {pixels.max():.3g}; leave features.scale at unit."
            )
        return {"known": backbones.described(backbone)}

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        backbone: str,
        known: Mapping[str, Any],
    ):
        super().__init__()
        found = backbones.load(backbone, known, block="backbone")
        self.pretrained = found.weights
        self.n_features = found.n_features
        for name, layer in found.layers(f"The backbone {backbone}", shape).items():
            self.add_module(name, layer)
