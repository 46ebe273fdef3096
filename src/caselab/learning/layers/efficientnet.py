"""EfficientNet's layers: inverted residuals with attention to channels, as a search has sized them.

Version B0 is the paper's; Lite0 is its authors' for small devices: without that attention, and in
the ways of TensorFlow.

Source: Tan and Le (2019), EfficientNet: rethinking model scaling for convolutional neural networks;
EfficientNet-Lite (2020), the tensorflow/tpu repository.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import ConvNorm, widened

Version = Literal["b0", "lite0"]

STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
"""Expansion, kernel, first stride, channels and number of the blocks of each stage (table 1)."""


def n_features(width: float = 1.0) -> int:
    """Return how many maps the last convolution has, 1,280 at full width."""
    return 4 * widened(STAGES[-1][3], width, 8)


def features(
    version: Version,
    n_inputs: int,
    activation: Activation,
    *,
    width: float = 1.0,
    small: bool = False,
    stochastic_depth: float = 0.0,
) -> nn.Sequential:
    """Return a convolution, seven stages of blocks and a last widening, to `n_features` maps.

    They are a 32nd of the pictures' sides, a 16th with the `small` stem. `width` multiplies the
    channels; `stochastic_depth` is the chance at which the last block is skipped in training, those
    before it the less.
    """
    lite = version == "lite0"
    n_maps = widened(32, width, 8)
    found = nn.Sequential(
        ConvNorm(n_inputs, n_maps, 3, activation, stride=1 if small else 2, tensorflow=lite)
    )
    of, done = sum(n_blocks for *_, n_blocks in STAGES), 0
    for expansion, kernel, first, wanted, n_blocks in STAGES:
        wanted = widened(wanted, width, 8)
        stage = nn.Sequential()
        for number in range(n_blocks):
            skipped = stochastic_depth * done / of
            stride = 1 if number else first
            stage.append(
                MBConv(n_maps, wanted, kernel, stride, expansion, activation, skipped, lite=lite)
            )
            n_maps, done = wanted, done + 1
        found.append(stage)
    found.append(ConvNorm(n_maps, n_features(width), 1, activation, tensorflow=lite))
    return found


class MBConv(nn.Module):
    """An inverted residual; unless it is `lite`, the whole picture says what its channels weigh."""

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        kernel: int,
        stride: int,
        expansion: int,
        activation: Activation,
        skipped: float,
        *,
        lite: bool = False,
    ):
        super().__init__()
        n_wide = n_inputs * expansion
        self.block = nn.Sequential()
        if expansion != 1:
            self.block.append(ConvNorm(n_inputs, n_wide, 1, activation, tensorflow=lite))
        spatial = {"stride": stride, "groups": n_wide}
        self.block.append(ConvNorm(n_wide, n_wide, kernel, activation, **spatial, tensorflow=lite))
        if not lite:
            self.block.append(SqueezeExcitation(n_wide, max(1, n_inputs // 4), activation))
        self.block.append(ConvNorm(n_wide, n_outputs, 1, None, tensorflow=lite))
        self.adds = stride == 1 and n_inputs == n_outputs
        self.skipped = skipped

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (batch, n_outputs, height / stride, width / stride)."""
        found: Tensor = self.block(x)
        if not self.adds:
            return found
        if self.training and self.skipped:
            kept = torch.rand(len(x), 1, 1, 1, dtype=x.dtype, device=x.device) >= self.skipped
            found = found * kept / (1 - self.skipped)
        return x + found


class SqueezeExcitation(nn.Module):
    """Weigh channels by their means over the picture."""

    def __init__(self, n_channels: int, n_squeezed: int, activation: Activation):
        super().__init__()
        self.fc1 = nn.Conv2d(n_channels, n_squeezed, 1)
        self.fc2 = nn.Conv2d(n_squeezed, n_channels, 1)
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Return maps as they come, (batch, n_channels, height, width), each times its weight."""
        means = x.mean((2, 3), keepdim=True)  # (batch, n_channels, 1, 1)
        weights = self.fc2(self.activation(self.fc1(means))).sigmoid()
        weighed: Tensor = x * weights
        return weighed
