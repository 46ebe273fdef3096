"""LeNet-5: the convolutional network that read cheques."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import picture_shape
from caselab.learning.training import Training
from caselab.params.search import Between, OneOf

LEAST_SIDE = 12  # pixels; of fewer nothing is left after the second pooling

_POOLINGS: dict[str, type[nn.Module]] = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}


def classification(
    *,
    pooling: Annotated[Literal["average", "max"], OneOf("average", "max")] = "average",
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.6)] = 0.0,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return LeNet-5 as it is commonly built: 61,706 parameters for 28 x 28 grey and ten classes.

    It differs from the paper's in three points: every map of the third layer sees all six maps
    below it (2,416 weights, not 1,516), pooling has no weights of its own, and the classes are a
    linear layer instead of radial basis functions. `training.activation: tanh` with `average` is
    closest to the paper; `relu` with `max` is today's habit. `dropout` is of the two hidden layers
    after the convolutions. The pipeline's `features` must say `flatten: false`.

    Source: LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document
    recognition, Proceedings of the IEEE 86.
    """
    options = {"pooling": pooling, "dropout": dropout}
    return LightningClassifier(LeNet5, options, class_weight, training, random_state)


class LeNet5(nn.Module):
    """Two convolutions, each pooled, then three linear layers.

    Args:
        shape: channels, height and width; height and width from 12 on.
        n_outputs: of the last layer.
        activation: of all layers but the last.
        pooling: `average` or `max`.
        dropout: of the hidden linear layers.

    Raises:
        UserError: the rows are no pictures, or too small.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        pooling: str,
        dropout: float,
    ):
        super().__init__()
        channels, height, width = picture_shape("LeNet-5", shape, LEAST_SIDE)
        pool = _POOLINGS[pooling]
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, 6, 5, padding=2),  # C1; the paper pads 28 pixels to 32 beforehand
            activation(),
            pool(2),  # S2
            nn.Conv2d(6, 16, 5),  # C3
            activation(),
            pool(2),  # S4
        )
        n_numbers = 16 * ((height // 2 - 4) // 2) * ((width // 2 - 4) // 2)
        self.hidden = nn.Sequential(
            nn.Linear(n_numbers, 120),  # C5
            activation(),
            nn.Dropout(dropout),
            nn.Linear(120, 84),  # F6
            activation(),
            nn.Dropout(dropout),
        )
        self.output = nn.Linear(84, n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.convolutions(x)  # (batch, 16, (height / 2 - 4) / 2, (width / 2 - 4) / 2)
        x = self.hidden(x.flatten(1))  # (batch, 84)
        output: Tensor = self.output(x)
        return output
