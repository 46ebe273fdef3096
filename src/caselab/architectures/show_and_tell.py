"""Show and tell: a convolutional network sees a picture, and recurrent cells write what it is."""

from typing import Annotated, Any, Literal

import torch
from annotated_types import Interval, Len
from pydantic import PositiveInt
from torch import Tensor, nn

from caselab.learning.estimators import LightningWriter
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.convolutions import ConvNorm, picture_shape
from caselab.learning.layers.recurrent import CellName
from caselab.learning.layers.writing import AttentionName, Encoded, RecurrentWriter
from caselab.learning.training import Training
from caselab.sequences.tokenizers import Tokenizer
from caselab.sequences.writing import Writer

LEAST_SIDE = 8  # pixels


def generation(
    *,
    channels: Annotated[tuple[PositiveInt, ...], Len(1, 8)] = (32, 64, 128),
    cell: CellName = "lstm",
    attention: AttentionName = "none",
    tokens: Literal["words", "characters", "byte_pairs"] = "words",
    vocabulary: PositiveInt = 2000,
    embedding_dim: PositiveInt = 64,
    hidden: PositiveInt = 128,
    layers: PositiveInt = 1,
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.3,
    label_smoothing: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    longest: PositiveInt = 20,
    training: Training = Training(),
    random_state: int,
) -> Writer:
    """Return a network that sees a picture and writes by `hidden` cells what it shows.

    Pictures (`flatten: false`) are seen by a 3 x 3 convolution for each number of `channels`, each
    with its norm and pooled; of what a pretrained network has found already (`backbone`) a layer
    suffices. The mean over the picture is where the cells start; with `attention`, `additive` or
    `dot`, they look at its places before each token, too. `tokens` are what names are cut into,
    `vocabulary` how many different ones there are; they are vectors of `embedding_dim` numbers. A
    `cell` (lstm, gru, rnn) stands in each of `layers`. `dropout` is of tokens, between layers, of what
    was seen, and before the output. `label_smoothing` is the share of a target that all tokens have
    alike, `longest` the most tokens that are written.

    Source: Vinyals, Toshev, Bengio and Erhan (2015), Show and tell: a neural image caption generator;
    Xu et al. (2015), Show, attend and tell (`attention`).
    """
    options = {
        "channels": channels,
        "cell": cell,
        "attention": attention,
        "embedding_dim": embedding_dim,
        "hidden": hidden,
        "layers": layers,
        "dropout": dropout,
        "label_smoothing": label_smoothing,
    }
    writer = LightningWriter(ShowAndTell, options, training, random_state)
    return Writer(writer, Tokenizer(tokens, vocabulary), longest=longest)


class ShowAndTell(RecurrentWriter):
    """A decoder that starts from what was seen of a picture."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        channels: tuple[int, ...],
        cell: CellName,
        hidden: int,
        layers: int,
        dropout: float,
        **of_cells: Any,
    ):
        seen: nn.Module
        if len(shape) == 1:  # that others have found
            seen, width = nn.Unflatten(1, (shape[0], 1, 1)), shape[0]
        else:
            seen, width = _convolutions(shape, activation, channels), channels[-1]
        encoder = PictureEncoder(seen, width, cell, hidden, layers, dropout)
        super().__init__(
            *(encoder, n_outputs, width),
            cell=cell,
            hidden=hidden,
            layers=layers,
            dropout=dropout,
            teacher_forcing=(1.0, 1.0),
            **of_cells,
        )


class PictureEncoder(nn.Module):
    """Sees maps of a picture; their mean is where cells of each layer start."""

    def __init__(
        self,
        seen: nn.Module,
        width: int,
        cell: CellName,
        hidden: int,
        layers: int,
        dropout: float,
    ):
        super().__init__()
        self.has_memory = cell == "lstm"
        self.seen = seen
        self.dropout = nn.Dropout(dropout)
        self.start = nn.Linear(width, layers * hidden)
        self.layers = layers

    def forward(self, x: Tensor) -> Encoded:
        """Return what is seen at each place of pictures (batch, channels, height, width), and in all."""
        places = self.seen(x).flatten(2).transpose(1, 2)  # (batch, n_places, width)
        keep = places.new_ones(places.shape[:2], dtype=torch.bool)
        start = self.start(self.dropout(places.mean(1))).tanh()
        state = start.unflatten(1, (self.layers, -1)).transpose(0, 1).contiguous()
        return Encoded(places, keep, (state, torch.zeros_like(state)) if self.has_memory else state)


def _convolutions(
    shape: tuple[int, ...], activation: Activation, channels: tuple[int, ...]
) -> nn.Sequential:
    """Return what takes pictures of a shape to maps (batch, channels[-1], height, width)."""
    n_inputs, height, width = picture_shape("The network that shows and tells", shape, LEAST_SIDE)
    found = nn.Sequential()
    for n_channels in channels:
        found.append(ConvNorm(n_inputs, n_channels, 3, activation=activation))
        if min(height, width) >= 4:
            found.append(nn.MaxPool2d(2))
            height, width = height // 2, width // 2
        n_inputs = n_channels
    return found
