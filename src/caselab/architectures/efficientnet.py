"""EfficientNet-B0 and -Lite0: inverted residuals, as a search has sized them."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers import efficientnet
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import Stem, is_small, picture_shape
from caselab.learning.layers.efficientnet import Version
from caselab.learning.training import Training
from caselab.params.search import Between


def classification(
    *,
    version: Version = "b0",
    width: PositiveFloat = 1.0,
    stem: Stem = "auto",
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.6)] = 0.2,
    stochastic_depth: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.4)] = 0.2,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(activation="silu", initialization="he_normal"),
    random_state: int,
) -> LightningClassifier:
    """Return EfficientNet-B0: 5,288,548 parameters for 1,000 classes in colour.

    Version `lite0` does without attention to channels, for small devices: 4,652,008 parameters, with
    `training.activation: relu6`. `width` multiplies the channels, to a multiple of eight. The
    `small` stem, which `auto` takes up to 64 pixels, leaves out the first stride. `dropout` is of
    the last maps; `stochastic_depth` is the chance at which the last block is skipped while the
    network learns, those before it the less. The pipeline's `features` must say `flatten: false`.

    Source: Tan and Le (2019), EfficientNet: rethinking model scaling for convolutional neural
    networks; Huang et al. (2016), Deep networks with stochastic depth.
    """
    options = {
        "version": version,
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
        version: `b0` or `lite0`.
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
        version: Version,
        width: float,
        stem: Stem,
        dropout: float,
        stochastic_depth: float,
    ):
        super().__init__()
        small = is_small(stem, shape)
        channels, _, _ = picture_shape("EfficientNet", shape, 8 if small else 32)
        self.features = efficientnet.features(
            version,
            channels,
            activation,
            width=width,
            small=small,
            stochastic_depth=stochastic_depth,
        )
        n_last = efficientnet.n_features(width)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(n_last, n_outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.avgpool(self.features(x))  # (batch, 1280, 1, 1)
        output: Tensor = self.classifier(x.flatten(1))
        return output
