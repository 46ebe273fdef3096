"""Transformers: every word of a text, or moment of a series, looks at all others, or at all before it."""

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
from caselab.learning.layers.attention import kept_places
from caselab.learning.layers.embeddings import VectorsOfOthers, sizes, words
from caselab.learning.layers.horizons import Horizon
from caselab.learning.layers.language import TransformerLanguage
from caselab.learning.layers.spelt_words import SpeltWords, lengths
from caselab.learning.layers.transformer import Encoder, LearnedPositions, SinusoidalPositions
from caselab.learning.layers.writing import Positions, TransformerWriter
from caselab.learning.training import Training
from caselab.learning.vocabulary import PADDING
from caselab.params.search import Between, OneOf
from caselab.sequences.language import LanguageModel
from caselab.sequences.tokenizers import Tokenizer
from caselab.sequences.writing import Writer


def classification(
    *,
    embedding_dim: Annotated[PositiveInt, OneOf(32, 64, 128, where={"embeddings": (None,)})] = 64,
    embeddings: str | None = None,
    n_heads: PositiveInt = 4,
    layers: Annotated[PositiveInt, OneOf(1, 2, 3)] = 2,
    hidden: Annotated[PositiveInt, OneOf(64, 128, 256)] = 128,
    positions: Positions = "sinusoidal",
    norm_first: bool = True,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.5)] = 0.2,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return an encoder of `layers` layers, whose places' mean is the text; takes `represent: tokens`.

    Words are vectors of `embedding_dim` numbers, to which those of their `positions` are added. With
    `embeddings` they are those that others have learned, in a package (`glove_6b_50d`,
    `word2vec_300d`) or a file, and stay as they are; only words that those lack are learned. The
    pipeline's `features` must name the same. In each layer `n_heads` heads look at all words, and
    then come dense layers of `hidden` units. `norm_first` puts norms before what a layer does, else
    after it. `dropout` is of all of these, and of what the last layer is given.

    Source: Vaswani et al. (2017), Attention is all you need; Xiong et al. (2020), On layer
    normalization in the transformer architecture (`norm_first`).
    """
    options: dict[str, Any] = {
        "embedding_dim": embedding_dim,
        "n_heads": n_heads,
        "layers": layers,
        "hidden": hidden,
        "positions": positions,
        "norm_first": norm_first,
        "dropout": dropout,
    }
    if embeddings is not None:
        options["embeddings"] = embeddings
    return LightningClassifier(TransformerClassifier, options, class_weight, training, random_state)


def forecasting(
    *,
    embedding_dim: Annotated[PositiveInt, OneOf(24, 48, 96)] = 48,
    n_heads: PositiveInt = 4,
    layers: Annotated[PositiveInt, OneOf(1, 2, 3)] = 2,
    hidden: Annotated[PositiveInt, OneOf(48, 96, 192)] = 96,
    norm_first: bool = True,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.4)] = 0.1,
    lookback: PositiveInt = 48,
    stride: PositiveInt = 4,
    training: Training = FORECASTER,
    random_state: int,
) -> SequenceForecaster:
    """Return an encoder in which all moments look at each other, those to come by what is known of them.

    It reads the last `lookback` moments, answers at each moment of the horizon, all at once, and
    learns from windows at every `stride`-th moment. A moment is a vector of `embedding_dim` numbers;
    `layers`, `n_heads`, `hidden`, `norm_first` and `dropout` are as for texts.

    Source: Vaswani et al. (2017), Attention is all you need; Zhou et al. (2021), Informer, on answers
    in one step.
    """
    options = {
        "embedding_dim": embedding_dim,
        "n_heads": n_heads,
        "layers": layers,
        "hidden": hidden,
        "norm_first": norm_first,
        "dropout": dropout,
    }
    regressor = LightningRegressor(TransformerForecaster, options, training, random_state)
    return SequenceForecaster(regressor, lookback, stride)


def language(
    *,
    tokens: Literal["words", "characters", "byte_pairs"] = "byte_pairs",
    vocabulary: PositiveInt = 4000,
    lowercase: bool = False,
    embedding_dim: PositiveInt = 128,
    n_heads: PositiveInt = 4,
    hidden: PositiveInt = 512,
    layers: Annotated[PositiveInt, OneOf(1, 2, 3)] = 2,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.4)] = 0.1,
    training: Training = Training(activation="gelu"),
    random_state: int,
) -> LanguageModel:
    """Return a network that says what comes next, of `layers` that look back.

    It takes `represent: raw`. `tokens` are what texts are cut into, `vocabulary` how many different
    ones are known, and `lowercase` makes capital letters small ones. Tokens are vectors of
    `embedding_dim` numbers; in each layer `n_heads` heads look back, and then come dense layers of
    `hidden` units. `dropout` is of tokens, weights of attention, and what
    a layer adds.

    Source: Radford, Narasimhan, Salimans and Sutskever (2018), Improving language understanding by
    generative pre-training.
    """
    options = {
        "width": embedding_dim,
        "n_heads": n_heads,
        "hidden": hidden,
        "layers": layers,
        "dropout": dropout,
    }
    writer = LightningWriter(TransformerLanguage, options, training, random_state)
    return LanguageModel(writer, Tokenizer(tokens, vocabulary, lowercase=lowercase))


def generation(
    *,
    tokens: Literal["words", "characters", "byte_pairs"] = "byte_pairs",
    vocabulary: PositiveInt = 2000,
    embedding_dim: PositiveInt = 128,
    n_heads: PositiveInt = 4,
    hidden: PositiveInt = 256,
    layers: Annotated[PositiveInt, OneOf(1, 2, 3)] = 2,
    positions: Positions = "sinusoidal",
    norm_first: bool = True,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.4)] = 0.2,
    label_smoothing: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    longest: PositiveInt = 60,
    training: Training = Training(),
    random_state: int,
) -> Writer:
    """Return an encoder that reads a text and a decoder that writes another, of `layers` each.

    It takes `represent: raw`. `tokens` are what both languages are cut into, `vocabulary` how many
    different ones each has; they are vectors of `embedding_dim` numbers, to which those of their
    `positions` are added. In each layer `n_heads` heads look, and then come dense layers of `hidden`
    units; `norm_first` puts norms before what a layer does, else after it. `label_smoothing` is the
    share of a target that all tokens have alike, `longest` the most tokens that are read, and
    written. `dropout` is of tokens, weights of attention, and what a layer adds.

    Source: Vaswani et al. (2017), Attention is all you need; Xiong et al. (2020), On layer
    normalization in the transformer architecture (`norm_first`).
    """
    options = {
        "embedding_dim": embedding_dim,
        "n_heads": n_heads,
        "hidden": hidden,
        "layers": layers,
        "positions": positions,
        "norm_first": norm_first,
        "dropout": dropout,
        "label_smoothing": label_smoothing,
        "longest": longest + 1,  # an end is read, too, and a start written
    }
    writer = LightningWriter(TransformerWriter, options, training, random_state)
    made = Tokenizer(tokens, vocabulary)
    return Writer(writer, made, made, longest)


def tagging(
    *,
    embedding_dim: Annotated[PositiveInt, OneOf(32, 64, 128)] = 64,
    n_heads: PositiveInt = 4,
    layers: Annotated[PositiveInt, OneOf(1, 2, 3)] = 2,
    hidden: PositiveInt = 128,
    norm_first: bool = True,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.5)] = 0.1,
    least: PositiveInt = 2,
    training: Training = Training(),
    random_state: int,
) -> LightningSequences:
    """Return an encoder of `layers` layers that gives each word a tag, from all words around it.

    A word is a vector of `embedding_dim` numbers, of itself and of its spelling, to which waves that
    tell its place are added; what comes less often than `least` times in training is unknown. In each
    layer `n_heads` heads look at all words, and then come dense layers of `hidden` units. `norm_first`
    puts norms before what a layer does, else after it. `dropout` is of all of these, and of what the
    last layer is given.

    Source: Vaswani et al. (2017), Attention is all you need; Xiong et al. (2020), On layer
    normalization in the transformer architecture (`norm_first`).
    """
    options = {
        "embedding_dim": embedding_dim,
        "n_heads": n_heads,
        "layers": layers,
        "hidden": hidden,
        "norm_first": norm_first,
        "dropout": dropout,
    }
    return LightningSequences(
        TransformerTagger, options, least, training=training, random_state=random_state, spelt=True
    )


class TransformerClassifier(nn.Module):
    """Words as vectors, their places, an encoder, the mean over a text's words, one layer.

    Nobody looks at padding, so it never changes an answer.
    """

    input_dtype = np.int64

    @staticmethod
    def sizes(
        X: np.ndarray, *, embedding_dim: int, embeddings: str | None = None, **_: Any
    ) -> dict[str, int]:
        """Return the numbers of ids, of words that the vectors of others know, and of places."""
        # The steps before give no more than training had.
        return {**sizes(X, embeddings, embedding_dim), "longest": X.shape[1]}

    def __init__(
        self,
        shape: tuple[int, ...],  # a text may have any number of words
        n_outputs: int,
        activation: Activation,
        *,
        n_ids: int,
        longest: int,
        embedding_dim: int,
        n_heads: int,
        layers: int,
        hidden: int,
        positions: Positions,
        norm_first: bool,
        dropout: float,
        n_known: int = 0,
        embeddings: str | None = None,
    ):
        super().__init__()
        if embeddings is not None:
            self.pretrained = VectorsOfOthers(embeddings, block="embedding")
        self.embedding = words(n_ids, embedding_dim, n_known)
        self.positions: nn.Module = SinusoidalPositions(embedding_dim)
        if positions == "learned":
            self.positions = LearnedPositions(embedding_dim, longest)
        self.dropout = nn.Dropout(dropout)
        self.encoder = Encoder(
            *(layers, embedding_dim, n_heads, hidden, activation, dropout), norm_first=norm_first
        )
        self.output = nn.Linear(embedding_dim, n_outputs)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of ids (batch, words)."""
        lengths = (ids != PADDING).sum(1).clamp(min=1)  # (batch,)
        keep = kept_places(lengths, int(lengths.max()))
        x = self.positions(self.embedding(ids[:, : keep.shape[1]]))  # (batch, words, dim)
        x = self.encoder(self.dropout(x), keep)
        x = (x * keep.unsqueeze(2)).sum(1) / lengths.unsqueeze(1)  # (batch, dim)
        output: Tensor = self.output(self.dropout(x))
        return output


class TransformerForecaster(nn.Module):
    """Moments as vectors, their places, an encoder, and a number at each that is asked for."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        embedding_dim: int,
        n_heads: int,
        layers: int,
        hidden: int,
        norm_first: bool,
        dropout: float,
    ):
        super().__init__()
        self.embedding = nn.Linear(shape[-1], embedding_dim)
        self.positions = SinusoidalPositions(embedding_dim)
        self.encoder = Encoder(
            *(layers, embedding_dim, n_heads, hidden, activation, dropout), norm_first=norm_first
        )
        self.horizon = Horizon(shape[-1], embedding_dim, n_outputs, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return values (batch, n_outputs) of moments (batch, lookback + n_outputs, n_inputs)."""
        states = self.encoder(self.positions(self.embedding(x)))
        answers: Tensor = self.horizon(states, x)
        return answers


class TransformerTagger(nn.Module):
    """Words as vectors, their places, an encoder, one layer at each word. Nobody looks at padding."""

    input_dtype = np.int64

    def __init__(
        self,
        shape: tuple[int, ...],  # a sentence may have any number of words
        n_outputs: int,
        activation: Activation,
        *,
        n_ids: list[int],
        embedding_dim: int,
        n_heads: int,
        layers: int,
        hidden: int,
        norm_first: bool,
        dropout: float,
    ):
        super().__init__()
        self.embedding = SpeltWords(n_ids, embedding_dim)
        self.positions = SinusoidalPositions(embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.encoder = Encoder(
            *(layers, embedding_dim, n_heads, hidden, activation, dropout), norm_first=norm_first
        )
        self.output = nn.Linear(embedding_dim, n_outputs)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, words, n_outputs) of ids (batch, words, parts)."""
        keep = kept_places(lengths(ids), ids.shape[1])
        x = self.encoder(self.dropout(self.positions(self.embedding(ids))), keep)
        output: Tensor = self.output(self.dropout(x))
        return output
