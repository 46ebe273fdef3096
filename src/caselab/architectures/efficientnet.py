"""EfficientNet-B0: inverted residuals with attention to channels, as a search has sized them."""

from typing import Annotated, Literal

import torch
from annotated_types import Interval
from pydantic import PositiveFloat
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import ConvNorm, Stem, is_small, picture_shape, widened
from caselab.learning.training import Training

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


def classification(
    *,
    width: PositiveFloat = 1.0,
    stem: Stem = "auto",
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.2,
    stochastic_depth: Annotated[float, Interval(ge=0, lt=1)] = 0.2,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(activation="silu", initialization="he_normal"),
    random_state: int,
) -> LightningClassifier:
    """Return EfficientNet-B0: 5,288,548 parameters for 1,000 classes in colour.

    `width` multiplies the channels, to a multiple of eight. The `small` stem, which `auto` takes up
    to 64 pixels, leaves out the first stride. `dropout` is of the last maps; `stochastic_depth` is
    the chance at which the last block is skipped while the network learns, those before it the
    less. The pipeline's `features` must say `flatten: false`.

    Source: Tan and Le (2019), EfficientNet: rethinking model scaling for convolutional neural
    networks; Huang et al. (2016), Deep networks with stochastic depth.
    """
    options = {
        "width": width,
        "stem": stem,
        "dropout": dropout,
        "stochastic_depth": stochastic_depth,
    }
    return LightningClassifier(EfficientNet, options, class_weight, training, random_state)


class EfficientNet(nn.Module):
    """A convolution, seven stages of blocks, a last widening, the mean over the picture, the output.

    Args:
        shape: channels, height and width; from 32 pixels on with the large stem, 8 with the small.
        n_outputs: of the last layer.
        activation: of all layers but the last, and those that narrow.
        width: multiplies the channels.
        stem: `large`, `small`, or `auto`: by the size of the pictures.
        dropout: of the last maps.
        stochastic_depth: chance at which the last block is skipped in training.

    Raises:
        UserError: the rows are no pictures, or too small.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        width: float,
        stem: Stem,
        dropout: float,
        stochastic_depth: float,
    ):
        super().__init__()
        small = is_small(stem, shape)
        channels, _, _ = picture_shape("EfficientNet", shape, 8 if small else 32)
        n_maps = widened(32, width, 8)
        self.features = nn.Sequential(
            ConvNorm(channels, n_maps, 3, activation, stride=1 if small else 2)
        )
        of, done = sum(n_blocks for *_, n_blocks in STAGES), 0
        for expansion, kernel, first, wanted, n_blocks in STAGES:
            wanted = widened(wanted, width, 8)
            stage = nn.Sequential()
            for number in range(n_blocks):
                skipped = stochastic_depth * done / of
                stride = 1 if number else first
                stage.append(MBConv(n_maps, wanted, kernel, stride, expansion, activation, skipped))
                n_maps, done = wanted, done + 1
            self.features.append(stage)
        n_last = 4 * n_maps
        self.features.append(ConvNorm(n_maps, n_last, 1, activation))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(n_last, n_outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.avgpool(self.features(x))  # (batch, 1280, 1, 1)
        output: Tensor = self.classifier(x.flatten(1))
        return output


class MBConv(nn.Module):
    """An inverted residual whose channels are weighed by what the whole picture shows."""

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        kernel: int,
        stride: int,
        expansion: int,
        activation: Activation,
        skipped: float,
    ):
        super().__init__()
        n_wide = n_inputs * expansion
        self.block = nn.Sequential()
        if expansion != 1:
            self.block.append(ConvNorm(n_inputs, n_wide, 1, activation))
        self.block.append(
            ConvNorm(n_wide, n_wide, kernel, activation, stride=stride, groups=n_wide)
        )
        self.block.append(SqueezeExcitation(n_wide, max(1, n_inputs // 4), activation))
        self.block.append(ConvNorm(n_wide, n_outputs, 1, None))
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
