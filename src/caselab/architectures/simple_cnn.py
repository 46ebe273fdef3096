"""The textbook's convolutional network: convolutions, each pooled, then one dense layer."""

from typing import Annotated, Literal

from annotated_types import Interval, Len
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import picture_shape
from caselab.learning.training import Training
from caselab.params.search import Between, OneOf

LEAST_SIDE = 4  # pixels


def classification(
    *,
    channels: Annotated[
        tuple[PositiveInt, ...], Len(1, 8), OneOf((16, 32), (32, 64), (32, 64, 128))
    ] = (32, 64),
    hidden: Annotated[PositiveInt, OneOf(64, 128, 256)] = 128,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.5,
    batch_norm: Annotated[bool, OneOf(False, True)] = False,
    residual: bool = False,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return one 3 x 3 convolution for each number of `channels`, then `hidden` units.

    As it stands in the textbooks: 421,642 parameters for 28 x 28 grey and ten classes. Each
    convolution is followed by its norm where `batch_norm` says so, an activation, and a pooling
    that halves the sides as long as there are two pixels to pool. With `residual` its input is added
    to its output before the activation, through a 1 x 1 convolution where the channels differ.
    `dropout` is of the hidden units. The pipeline's `features` must say `flatten: false`.

    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, chapter 9.
    """
    options = {
        "channels": channels,
        "hidden": hidden,
        "dropout": dropout,
        "batch_norm": batch_norm,
        "residual": residual,
    }
    return LightningClassifier(SimpleCNN, options, class_weight, training, random_state)


class SimpleCNN(nn.Module):
    """Convolutions, each pooled, then a hidden layer and the output.

    Args:
        shape: channels, height and width; height and width from 4 on.
        n_outputs: of the last layer.
        activation: of all layers but the last.
        channels: of each convolution.
        hidden: units of the layer before the output.
        dropout: of those.
        batch_norm: normalize each convolution.
        residual: add each convolution's input to its output.

    Raises:
        UserError: the rows are no pictures, or too small.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        channels: tuple[int, ...],
        hidden: int,
        dropout: float,
        batch_norm: bool,
        residual: bool,
    ):
        super().__init__()
        n_inputs, height, width = picture_shape("The simple CNN", shape, LEAST_SIDE)
        self.convolutions = nn.Sequential()
        for n_channels in channels:
            self.convolutions.append(
                Convolution(n_inputs, n_channels, activation, batch_norm, residual)
            )
            if min(height, width) >= 2:
                self.convolutions.append(nn.MaxPool2d(2))
                height, width = height // 2, width // 2
            n_inputs = n_channels
        self.hidden = nn.Sequential(
            nn.Linear(n_inputs * height * width, hidden), activation(), nn.Dropout(dropout)
        )
        self.output = nn.Linear(hidden, n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of pictures (batch, channels, height, width)."""
        x = self.convolutions(x)  # (batch, channels[-1], height / 2 ** n, width / 2 ** n)
        x = self.hidden(x.flatten(1))  # (batch, hidden)
        output: Tensor = self.output(x)
        return output


class Convolution(nn.Module):
    """A 3 x 3 convolution that keeps the size, with its norm, shortcut and activation."""

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: Activation,
        batch_norm: bool,
        residual: bool,
    ):
        super().__init__()
        self.conv = nn.Conv2d(n_inputs, n_outputs, 3, padding=1, bias=not batch_norm)
        self.norm = nn.BatchNorm2d(n_outputs) if batch_norm else nn.Identity()
        self.shortcut: nn.Module | None = None
        if residual:
            same = n_inputs == n_outputs
            self.shortcut = nn.Identity() if same else nn.Conv2d(n_inputs, n_outputs, 1, bias=False)
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (batch, n_outputs, height, width) of maps (batch, n_inputs, height, width)."""
        found = self.norm(self.conv(x))
        if self.shortcut is not None:
            found = found + self.shortcut(x)
        activated: Tensor = self.activation(found)
        return activated
