"""The features that a backbone finds in pictures or texts, as the first layers of a network."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from caselab.learning import backbones
from caselab.learning.layers.activations import Activation


class Features(nn.Sequential):
    """Rows as a backbone wants them, the backbone, and the mean of its maps or states: `n_features`.

    Args:
        shape: channels, height and width of pictures, or places of texts.
        n_outputs: not used: the backbone has its own.
        activation: not used either.
        backbone: its name.
        known: what must be kept of the backbone's files.

    Raises:
        UserError: the rows are not what the backbone can read: no pictures, too small, or of other
            channels; texts too long.
    """

    numbers_at_once = 2**13  # of each the network makes hundreds

    @staticmethod
    def sizes(X: Any, *, backbone: str, **_: Any) -> dict[str, Any]:
        """Return what is known of the backbone.

        Raises:
            UserError: it cannot be had, the pixels are not from 0 to 1, or the ids not its own.
        """
        known = backbones.described(backbone)
        with torch.device("meta"):  # draws no numbers for weights that nobody asks
            backbones.load(backbone, known, "").check(f"The backbone {backbone}", X)
        return {"known": known}

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
