"""MobileNet: convolutions in two steps, within each channel and then across channels."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import ConvNorm, Stem, is_small, picture_shape, widened
from caselab.learning.training import Training
from caselab.params.search import Between

V1 = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)
"""Channels and stride of each block (table 1 of the paper)."""

V2 = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels, number and first stride of the blocks of each stage (table 2)."""


def classification(
    *,
    version: Literal[1, 2] = 2,
    width: PositiveFloat = 1.0,
    stem: Stem = "auto",
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.6)] = 0.2,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(activation="relu6", initialization="he_normal"),
    random_state: int,
) -> LightningClassifier:
    """Return MobileNet of a `version`; 2 has 3,504,872 parameters for 1,000 classes, 1 4,231,976.

    `width` multiplies the channels, to a multiple of eight; the last ones of version 2 are not made fewer, as
    in the paper. The `small` stem, which `auto` takes up to 64 pixels, leaves out the first two
    strides. `dropout` is of the last maps. The pipeline's `features` must say `flatten: false`.

    Source: Howard et al. (2017), MobileNets: efficient convolutional neural networks for mobile
    vision applications; Sandler et al. (2018), MobileNetV2: inverted residuals and linear
    bottlenecks.
    """
    options = {"width": width, "stem": stem, "dropout": dropout}
    network = MobileNetV1 if version == 1 else MobileNetV2
    return LightningClassifier(network, options, class_weight, training, random_state)


def _stem(
    shape: tuple[int, ...], activation: Activation, width: float, stem: Stem
) -> tuple[nn.Sequential, int, bool]:
    """Return the first convolution, its maps, and whether it is that for small pictures."""
    small = is_small(stem, shape)
    channels, _, _ = picture_shape("MobileNet", shape, 8 if small else 32)
    n_maps = widened(32, width, 8)
    first = ConvNorm(channels, n_maps, 3, activation, stride=1 if small else 2)
    return nn.Sequential(first), n_maps, small


class _MobileNet(nn.Module):
    """Features, their mean over the picture, and the output."""

    def __init__(self, features: nn.Sequential, n_maps: int, n_outputs: int, dropout: float):
        super().__init__()
        self.features = features
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(n_maps, n_outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.features(x).mean((2, 3))  # (batch, n_maps)
        output: Tensor = self.classifier(x)
        return output


class MobileNetV1(_MobileNet):
    """A convolution, then thirteen that are separated into channels and points.

    Args:
        shape: channels, height and width; from 32 pixels on with the large stem, 8 with the small.
        n_outputs: of the last layer.
        activation: of all layers but the last.
        width: multiplies the channels.
        stem: `large`, `small`, or `auto`: by the size of the pictures.
        dropout: of the last maps.

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
    ):
        features, n_maps, small = _stem(shape, activation, width, stem)
        for number, (wanted, stride) in enumerate(V1):
            wanted = widened(wanted, width, 8)
            stride = 1 if small and number == 1 else stride
            features.append(
                nn.Sequential(
                    ConvNorm(n_maps, n_maps, 3, activation, stride=stride, groups=n_maps),
                    ConvNorm(n_maps, wanted, 1, activation),
                )
            )
            n_maps = wanted
        super().__init__(features, n_maps, n_outputs, dropout)


class MobileNetV2(_MobileNet):
    """A convolution, seventeen inverted residuals, and a last widening.

    Args:
        shape: channels, height and width; from 32 pixels on with the large stem, 8 with the small.
        n_outputs: of the last layer.
        activation: of all layers but the last, and those that narrow.
        width: multiplies the channels.
        stem: `large`, `small`, or `auto`: by the size of the pictures.
        dropout: of the last maps.

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
    ):
        features, n_maps, small = _stem(shape, activation, width, stem)
        for stage, (expansion, wanted, n_blocks, first) in enumerate(V2):
            wanted = widened(wanted, width, 8)
            for number in range(n_blocks):
                stride = 1 if number or (small and stage == 1) else first
                features.append(InvertedResidual(n_maps, wanted, stride, expansion, activation))
                n_maps = wanted
        n_last = widened(1280, max(width, 1.0), 8)
        features.append(ConvNorm(n_maps, n_last, 1, activation))
        super().__init__(features, n_last, n_outputs, dropout)


class InvertedResidual(nn.Module):
    """Widened by points, convolved within channels, narrowed; added to its input where they match."""

    def __init__(
        self, n_inputs: int, n_outputs: int, stride: int, expansion: int, activation: Activation
    ):
        super().__init__()
        n_wide = n_inputs * expansion
        self.conv = nn.Sequential()
        if expansion != 1:
            self.conv.append(ConvNorm(n_inputs, n_wide, 1, activation))
        self.conv.append(ConvNorm(n_wide, n_wide, 3, activation, stride=stride, groups=n_wide))
        self.conv.append(nn.Conv2d(n_wide, n_outputs, 1, bias=False))
        self.conv.append(nn.BatchNorm2d(n_outputs))
        self.adds = stride == 1 and n_inputs == n_outputs

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (batch, n_outputs, height / stride, width / stride)."""
        found: Tensor = self.conv(x)
        return x + found if self.adds else found
