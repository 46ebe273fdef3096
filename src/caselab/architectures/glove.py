"""GloVe: vectors whose products are the logarithms of how often words stand near each other."""

from typing import Annotated, Any

import numpy as np
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from caselab.learning.estimators import LightningCells
from caselab.learning.layers.activations import Activation
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch
from caselab.learning.training import Training
from caselab.sequences.cooccurrence import cooccurrences
from caselab.sequences.words import Vectors, WordModel


def vectors(
    *,
    embedding_dim: PositiveInt = 100,
    window: PositiveInt = 10,
    least: PositiveInt = 5,
    most: PositiveFloat = 100.0,
    power: Annotated[float, Interval(gt=0, le=1)] = 0.75,
    training: Training = Training(
        optimizer="adagrad",
        learning_rate=0.3,  # the source's 0.05 is of steps by one pair, thousands of times as many
        weight_decay=0,
        batch_size=32_768,
        max_epochs=15,
        validation_fraction=0,
    ),
    random_state: int,
) -> "Glove":
    """Learn from how often words stand within a `window`, a word at distance d counting 1 / d.

    Source: Pennington, Socher and Manning (2014), GloVe: global vectors for word representation.
    """
    return Glove(**locals())  # all are its own


class GloveNetwork(nn.Module):
    """A vector and a bias of each word, and of each word as a context."""

    input_dtype = np.int64

    def __init__(
        self,
        shape: tuple[int, ...],  # (2,)
        n_outputs: int,
        activation: Activation,
        *,
        n_words: int,
        embedding_dim: int,
        most: float,
        power: float,
    ):
        super().__init__()
        self.most = most
        self.power = power
        self.word = nn.Embedding(n_words, embedding_dim)
        self.context = nn.Embedding(n_words, embedding_dim)
        self.word_bias = nn.Embedding(n_words, 1)
        self.context_bias = nn.Embedding(n_words, 1)
        width = 0.5 / embedding_dim
        for table in (self.word, self.context, self.word_bias, self.context_bias):
            nn.init.uniform_(table.weight, -width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logarithm of each count (batch, 1) as ids (batch, 2) of word and context tell it."""
        word, context = x[:, 0], x[:, 1]
        product = (self.word(word) * self.context(context)).sum(1, keepdim=True)
        logarithm: Tensor = product + self.word_bias(word) + self.context_bias(context)
        return logarithm

    def objective(self, batch: Batch) -> Total:
        """Return the squared error of logarithms; counts below `most` weigh less, rare ones least."""
        weight = (batch.target / self.most).pow(self.power).clamp(max=1)
        error = self(batch.X) - batch.target.log()
        return Total((weight * error.square()).sum(), len(batch.X))


class Glove(WordModel):
    """The sum of the vectors that a word has as a word and as a context.

    Args:
        embedding_dim: numbers of a vector.
        window: words on each side.
        least: times that a word must come to be known.
        most: the count from which on pairs weigh alike.
        power: of a smaller count's share of it, which is its weight.
        training: the settings of its training.
        random_state: of initial vectors and of the order of pairs.

    Attributes:
        history_: of each epoch its number and loss.
    """

    def __init__(
        self,
        *,
        embedding_dim: int = 100,
        window: int = 10,
        least: int = 5,
        most: float = 100.0,
        power: float = 0.75,
        training: Training = Training(),
        random_state: int = 0,
    ):
        self.embedding_dim = embedding_dim
        self.window = window
        self.least = least
        self.most = most
        self.power = power
        self.training = training
        self.random_state = random_state

    def _learned(self, texts: list[list[str]], known: list[str]) -> Vectors:
        counts = cooccurrences(texts, known, self.window, by_distance=True).tocoo()
        options: dict[str, Any] = {
            "n_words": len(known),
            "embedding_dim": self.embedding_dim,
            "most": self.most,
            "power": self.power,
        }
        cells = LightningCells(GloveNetwork, options, self.training, self.random_state)
        cells.fit(np.column_stack([counts.row, counts.col]), counts.data)
        self.history_ = cells.history_
        return Vectors(known, cells.weights_["word.weight"] + cells.weights_["context.weight"])
