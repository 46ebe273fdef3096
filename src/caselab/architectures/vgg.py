"""VGG: many 3 x 3 convolutions, one after the other."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import Stem, is_small, picture_shape, widened
from caselab.learning.training import Training
from caselab.params.search import Between, OneOf

STAGES = {
    11: ((64,), (128,), (256, 256), (512, 512), (512, 512)),  # A of the paper
    16: ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),  # D
}
"""By the number of layers that have weights: the channels of each convolution between poolings."""


def classification(
    *,
    layers: Literal[11, 16] = 16,
    width: PositiveFloat = 1.0,
    stem: Stem = "auto",
    batch_norm: Annotated[bool, OneOf(False, True)] = False,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.5,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(initialization="he_normal"),
    random_state: int,
) -> LightningClassifier:
    """Return VGG-16: 138,357,544 parameters for 224 x 224 in colour and 1,000 classes; or VGG-11.

    `width` multiplies the channels and hidden units. The `small` stem, which `auto` takes up to 64
    pixels, pools as long as there are two pixels to pool, then over what is left, and has hidden
    layers of 512 units. `batch_norm` normalizes each convolution, without which small pictures are
    seldom learned from in so many layers. `dropout` is of the two hidden layers. The pipeline's
    `features` must say `flatten: false`.

    Source: Simonyan and Zisserman (2015), Very deep convolutional networks for large-scale image
    recognition; for small pictures Liu and Deng (2015), Very deep convolutional neural network based
    image classification using small training sample size.
    """
    options = {
        "layers": layers,
        "width": width,
        "stem": stem,
        "batch_norm": batch_norm,
        "dropout": dropout,
    }
    return LightningClassifier(VGG, options, class_weight, training, random_state)


class VGG(nn.Module):
    """Five stages of convolutions, each pooled, then two hidden layers and the output.

    Args:
        shape: channels, height and width; from 32 pixels on with the large stem, 4 with the small.
        n_outputs: of the last layer.
        activation: of all layers but the last.
        layers: 11 or 16 that have weights.
        width: multiplies channels and hidden units.
        stem: `large`, `small`, or `auto`: by the size of the pictures.
        batch_norm: normalize each convolution.
        dropout: of the hidden layers.

    Raises:
        UserError: the rows are no pictures, or too small.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        layers: int,
        width: float,
        stem: Stem,
        batch_norm: bool,
        dropout: float,
    ):
        super().__init__()
        small = is_small(stem, shape)
        n_inputs, height, wide = picture_shape("VGG", shape, 4 if small else 32)
        side = min(height, wide)
        self.features = nn.Sequential()
        for stage in STAGES[layers]:
            for channels in stage:
                n_channels = widened(channels, width)
                self.features.append(nn.Conv2d(n_inputs, n_channels, 3, padding=1))
                if batch_norm:
                    self.features.append(nn.BatchNorm2d(n_channels))
                self.features.append(activation())
                n_inputs = n_channels
            if side >= 2:
                self.features.append(nn.MaxPool2d(2))
                side //= 2
        pooled, units = (1, widened(512, width)) if small else (7, widened(4096, width))
        self.avgpool = nn.AdaptiveAvgPool2d(pooled)
        self.classifier = nn.Sequential(
            nn.Linear(n_inputs * pooled**2, units),
            activation(),
            nn.Dropout(dropout),
            nn.Linear(units, units),
            activation(),
            nn.Dropout(dropout),
            nn.Linear(units, n_outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.avgpool(self.features(x))  # (batch, 512, 7, 7), or (batch, 512, 1, 1)
        output: Tensor = self.classifier(x.flatten(1))
        return output
