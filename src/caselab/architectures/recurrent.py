"""Recurrent networks: a text is read word by word, and answered once it is read, or at each word."""

from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.embeddings import PADDING, VectorsOfOthers, sizes, words
from caselab.learning.layers.recurrent import CellName, Recurrent
from caselab.learning.training import Training


def classification(
    *,
    cell: CellName = "lstm",
    embedding_dim: PositiveInt = 64,
    embeddings: str | None = None,
    hidden: PositiveInt = 64,
    layers: PositiveInt = 1,
    bidirectional: bool = False,
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.5,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return a network of `hidden` cells in each of `layers`; takes `represent: tokens`.

    A `cell` is a plain unit (`rnn`), one with gates (`gru`), or one with gates and a memory (`lstm`).
    Words are vectors of `embedding_dim` numbers. With `embeddings` they are those that others have
    learned, in a package (`glove_6b_50d`, `word2vec_300d`) or a file, and stay as they are; only words
    that those lack are learned. The pipeline's `features` must name the same. `bidirectional` reads
    them in both directions, by as many cells each. `dropout` is of the vectors, between layers, and before the output.

    Source: Elman (1990), Finding structure in time; Cho et al. (2014), Learning phrase
    representations using RNN encoder-decoder (GRU); Hochreiter and Schmidhuber (1997), Long
    short-term memory; Graves and Schmidhuber (2005) for reading in both directions.
    """
    options: dict[str, Any] = {
        "cell": cell,
        "embedding_dim": embedding_dim,
        "hidden": hidden,
        "layers": layers,
        "bidirectional": bidirectional,
        "dropout": dropout,
    }
    if embeddings is not None:
        options["embeddings"] = embeddings
    return LightningClassifier(RecurrentClassifier, options, class_weight, training, random_state)


class RecurrentClassifier(nn.Module):
    """Words as vectors, read in order; the last state of each direction, one layer.

    Padding never changes an answer.
    """

    input_dtype = np.int64

    @staticmethod
    def sizes(
        X: np.ndarray, *, embedding_dim: int, embeddings: str | None = None, **_: Any
    ) -> dict[str, int]:
        """Return the number of ids, and of words that the vectors of others know."""
        return sizes(X, embeddings, embedding_dim)

    def __init__(
        self,
        shape: tuple[int, ...],  # a text may have any number of words
        n_outputs: int,
        activation: Activation,  # its cells have their own
        *,
        n_ids: int,
        cell: CellName,
        embedding_dim: int,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
        n_known: int = 0,
        embeddings: str | None = None,
    ):
        super().__init__()
        if embeddings is not None:
            self.pretrained = VectorsOfOthers(embeddings, block="embedding")
        self.embedding = words(n_ids, embedding_dim, n_known)
        self.dropout = nn.Dropout(dropout)
        self.recurrent = Recurrent(
            *(embedding_dim, hidden),
            cell=cell,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self.output = nn.Linear(self.recurrent.n_outputs, n_outputs)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of ids (batch, words)."""
        lengths = (ids != PADDING).sum(1).clamp(min=1)  # (batch,)
        x = self.dropout(self.embedding(ids[:, : int(lengths.max())]))  # (batch, words, dim)
        _, state = self.recurrent(x, lengths)
        output: Tensor = self.output(self.dropout(self.recurrent.last(state)))
        return output
