"""Recurrent networks: texts are read word by word, series moment by moment, and then answered or gone on."""

from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from caselab.forecasting.sequences import FORECASTER, SequenceForecaster
from caselab.learning.estimators import (
    LightningClassifier,
    LightningRegressor,
    LightningSequences,
    LightningWriter,
)
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.embeddings import VectorsOfOthers, sizes, words
from caselab.learning.layers.horizons import Horizon
from caselab.learning.layers.language import RecurrentLanguage
from caselab.learning.layers.recurrent import CellName, Recurrent
from caselab.learning.layers.spelt_words import SpeltWords, lengths
from caselab.learning.training import Training
from caselab.learning.vocabulary import PADDING
from caselab.params.search import Between, OneOf
from caselab.sequences.language import LanguageModel
from caselab.sequences.tokenizers import Tokenizer


def classification(
    *,
    cell: CellName = "lstm",
    embedding_dim: Annotated[PositiveInt, OneOf(32, 64, 128, where={"embeddings": (None,)})] = 64,
    embeddings: str | None = None,
    hidden: Annotated[PositiveInt, OneOf(32, 64, 128)] = 64,
    layers: PositiveInt = 1,
    bidirectional: bool = False,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.5,
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


def forecasting(
    *,
    cell: CellName = "lstm",
    hidden: Annotated[PositiveInt, OneOf(24, 48, 96)] = 48,
    layers: PositiveInt = 1,
    bidirectional: bool = False,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.4)] = 0.0,
    lookback: PositiveInt = 48,
    stride: PositiveInt = 4,
    training: Training = FORECASTER,
    random_state: int,
) -> SequenceForecaster:
    """Return a network that reads the last `lookback` moments, and then what is known of those to come.

    It answers at each moment of the horizon, all at once, by `hidden` cells of the kind `cell` in
    each of `layers`; `bidirectional` reads from the horizon's end, too, by as many. `dropout` is
    between layers and before the answer. It learns from windows at every `stride`-th moment.

    Source: as for texts; Hewamalage, Bergmeir and Bandara (2021), Recurrent neural networks for time
    series forecasting: current status and future directions.
    """
    options = {
        "cell": cell,
        "hidden": hidden,
        "layers": layers,
        "bidirectional": bidirectional,
        "dropout": dropout,
    }
    regressor = LightningRegressor(RecurrentForecaster, options, training, random_state)
    return SequenceForecaster(regressor, lookback, stride)


def language(
    *,
    cell: CellName = "lstm",
    tokens: Literal["words", "characters", "byte_pairs"] = "byte_pairs",
    vocabulary: PositiveInt = 4000,
    lowercase: bool = False,
    embedding_dim: PositiveInt = 128,
    hidden: Annotated[PositiveInt, OneOf(128, 256, 512)] = 256,
    layers: PositiveInt = 1,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.5)] = 0.2,
    training: Training = Training(),
    random_state: int,
) -> LanguageModel:
    """Return a network that says what comes next, of `hidden` cells in each of `layers`.

    It takes `represent: raw`. `tokens` are what texts are cut into, `vocabulary` how many different
    ones are known, and `lowercase` makes capital letters small ones. Tokens are vectors of
    `embedding_dim` numbers; a `cell` is a plain unit (`rnn`), one with gates (`gru`), or one with
    gates and a memory (`lstm`). `dropout` is of the vectors, between layers, and before the output.

    Source: Mikolov, Karafiat, Burget, Cernocky and Khudanpur (2010), Recurrent neural network based
    language model; Sundermeyer, Schlüter and Ney (2012), LSTM neural networks for language modeling.
    """
    options = {
        "cell": cell,
        "embedding_dim": embedding_dim,
        "hidden": hidden,
        "layers": layers,
        "dropout": dropout,
    }
    writer = LightningWriter(RecurrentLanguage, options, training, random_state)
    return LanguageModel(writer, Tokenizer(tokens, vocabulary, lowercase=lowercase))


def tagging(
    *,
    cell: CellName = "lstm",
    embedding_dim: PositiveInt = 64,
    hidden: Annotated[PositiveInt, OneOf(32, 64, 128)] = 64,
    layers: PositiveInt = 1,
    bidirectional: bool = True,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.6)] = 0.3,
    least: PositiveInt = 2,
    training: Training = Training(),
    random_state: int,
) -> LightningSequences:
    """Return a network that gives each word a tag, from the words before it and those after.

    A `cell` is a plain unit (`rnn`), one with gates (`gru`), or one with gates and a memory (`lstm`);
    there are `hidden` of them in each of `layers`, and as many that read from the end if it is
    `bidirectional`. A word is a vector of `embedding_dim` numbers, of itself and of its spelling;
    what comes less often than `least` times in training is unknown. `dropout` is of the vectors,
    between layers, and before the output.

    Source: Graves and Schmidhuber (2005), Framewise phoneme classification with bidirectional LSTM;
    Huang, Xu and Yu (2015), Bidirectional LSTM-CRF models for sequence tagging (spelling beside
    words).
    """
    options = {
        "cell": cell,
        "embedding_dim": embedding_dim,
        "hidden": hidden,
        "layers": layers,
        "bidirectional": bidirectional,
        "dropout": dropout,
    }
    return LightningSequences(
        RecurrentTagger, options, least, training=training, random_state=random_state, spelt=True
    )


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


class RecurrentForecaster(nn.Module):
    """Moments read in order, and a number at each of those that are asked for."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,  # its cells have their own
        *,
        cell: CellName,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
    ):
        super().__init__()
        self.recurrent = Recurrent(
            *(shape[-1], hidden),
            cell=cell,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self.horizon = Horizon(shape[-1], self.recurrent.n_outputs, n_outputs, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return values (batch, n_outputs) of moments (batch, lookback + n_outputs, n_inputs)."""
        states, _ = self.recurrent(x)
        answers: Tensor = self.horizon(states, x)
        return answers


class RecurrentTagger(nn.Module):
    """Words as vectors, read in order, one layer at each word. Padding never changes an answer."""

    input_dtype = np.int64

    def __init__(
        self,
        shape: tuple[int, ...],  # a sentence may have any number of words
        n_outputs: int,
        activation: Activation,  # its cells have their own
        *,
        n_ids: list[int],
        cell: CellName,
        embedding_dim: int,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
    ):
        super().__init__()
        self.embedding = SpeltWords(n_ids, embedding_dim)
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
        """Return logits (batch, words, n_outputs) of ids (batch, words, parts)."""
        x = self.dropout(self.embedding(ids))  # (batch, words, embedding_dim)
        x, _ = self.recurrent(x, lengths(ids))
        output: Tensor = self.output(self.dropout(x))
        return output
