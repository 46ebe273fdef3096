"""AlexNet: five convolutions and three dense layers, which won ImageNet in 2012."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import Stem, is_small, picture_shape, widened
from caselab.learning.training import Training
from caselab.params.search import Between


def classification(
    *,
    width: PositiveFloat = 1.0,
    stem: Stem = "auto",
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.5,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return AlexNet in one column: 61,100,840 parameters for 224 x 224 in colour and 1,000 classes.

    It differs from the paper's as its author's second one does: no halves on two GPUs, and no
    normalization of responses. `width` multiplies the channels and hidden units. The `small` stem,
    which `auto` takes up to 64 pixels, convolves 5 x 5 at every pixel in place of 11 x 11 at every
    fourth, pools 2 x 2 pixels in place of 3 x 3, and to 2 x 2 in place of 6 x 6 in the end. `dropout` is of the two hidden layers. The
    pipeline's `features` must say `flatten: false`.

    Source: Krizhevsky, Sutskever and Hinton (2012), ImageNet classification with deep convolutional
    neural networks; Krizhevsky (2014), One weird trick for parallelizing convolutional neural
    networks.
    """
    options = {"width": width, "stem": stem, "dropout": dropout}
    return LightningClassifier(AlexNet, options, class_weight, training, random_state)


class AlexNet(nn.Module):
    """Five convolutions, three of them pooled, then two hidden layers and the output.

    Args:
        shape: channels, height and width; from 63 pixels on with the large stem, 8 with the small.
        n_outputs: of the last layer.
        activation: of all layers but the last.
        width: multiplies channels and hidden units.
        stem: `large`, `small`, or `auto`: by the size of the pictures.
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
        width: float,
        stem: Stem,
        dropout: float,
    ):
        super().__init__()
        small = is_small(stem, shape)
        n_inputs, _, _ = picture_shape("AlexNet", shape, 8 if small else 63)
        maps = [widened(channels, width) for channels in (64, 192, 384, 256, 256)]
        units = widened(4096, width)
        window, side = (2, 2) if small else (3, 6)
        first = (
            nn.Conv2d(n_inputs, maps[0], 5, padding=2)
            if small
            else nn.Conv2d(n_inputs, maps[0], 11, stride=4, padding=2)
        )
        self.features = nn.Sequential(
            first,
            activation(),
            nn.MaxPool2d(window, stride=2),
            nn.Conv2d(maps[0], maps[1], 5, padding=2),
            activation(),
            nn.MaxPool2d(window, stride=2),
            nn.Conv2d(maps[1], maps[2], 3, padding=1),
            activation(),
            nn.Conv2d(maps[2], maps[3], 3, padding=1),
            activation(),
            nn.Conv2d(maps[3], maps[4], 3, padding=1),
            activation(),
            nn.MaxPool2d(window, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(side)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(maps[4] * side**2, units),
            activation(),
            nn.Dropout(dropout),
            nn.Linear(units, units),
            activation(),
            nn.Linear(units, n_outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.avgpool(self.features(x))  # (batch, 256, 6, 6)
        output: Tensor = self.classifier(x.flatten(1))
        return output
