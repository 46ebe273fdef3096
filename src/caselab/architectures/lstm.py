"""Long short-term memory: a text is read word by word, and answered once it is read."""

from typing import Annotated, Any, Literal

import numpy as np
import torch
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.training import Training

PADDING = 0


def classification(
    *,
    embedding_dim: PositiveInt = 64,
    hidden: PositiveInt = 64,
    layers: PositiveInt = 1,
    bidirectional: bool = False,
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.5,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return a network of `hidden` cells in each of `layers`; takes `represent: tokens`.

    Words are vectors of `embedding_dim` numbers; `bidirectional` reads them in both directions, by
    as many cells each. `dropout` is of the vectors, between layers, and before the output.

    Source: Hochreiter and Schmidhuber (1997), Long short-term memory; Graves and Schmidhuber (2005)
    for reading in both directions.
    """
    options = {
        "embedding_dim": embedding_dim,
        "hidden": hidden,
        "layers": layers,
        "bidirectional": bidirectional,
        "dropout": dropout,
    }
    return LightningClassifier(LSTM, options, class_weight, training, random_state)


class LSTM(nn.Module):
    """Words as vectors, read in order; the last state of each direction, one layer.

    Texts are packed: each is read to its own end, so padding never changes an answer.
    """

    input_dtype = np.int64

    @staticmethod
    def sizes(X: np.ndarray, **_: Any) -> dict[str, int]:
        """Return the number of ids; transformers give no greater one than training had."""
        return {"n_ids": int(X.max()) + 1}

    def __init__(
        self,
        shape: tuple[int, ...],  # a text may have any number of words
        n_outputs: int,
        activation: Activation,  # its cells have their own
        *,
        n_ids: int,
        embedding_dim: int,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
    ):
        super().__init__()
        self.embedding = nn.Embedding(n_ids, embedding_dim, padding_idx=PADDING)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(
            embedding_dim,
            hidden,
            layers,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,
            bidirectional=bidirectional,
        )
        self.directions = 2 if bidirectional else 1
        self.output = nn.Linear(self.directions * hidden, n_outputs)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of ids (batch, words)."""
        lengths = (ids != PADDING).sum(1).clamp(min=1)  # (batch,)
        x = self.dropout(self.embedding(ids[:, : int(lengths.max())]))  # (batch, words, dim)
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (state, _) = self.lstm(packed)  # (layers * directions, batch, hidden)
        x = torch.cat(tuple(state[-self.directions :]), 1)  # (batch, directions * hidden)
        output: Tensor = self.output(self.dropout(x))
        return output
