"""Convolutional network over words: filters slide over a text, and each keeps its best match."""

from typing import Annotated, Any, Literal

import numpy as np
import torch
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.learning.estimators import LightningClassifier
from caselab.learning.layers.activations import Activation
from caselab.learning.layers.embeddings import VectorsOfOthers, sizes, words
from caselab.learning.training import Training
from caselab.learning.vocabulary import PADDING
from caselab.params.search import Between, OneOf


def classification(
    *,
    embedding_dim: Annotated[PositiveInt, OneOf(32, 64, 128, where={"embeddings": (None,)})] = 64,
    embeddings: str | None = None,
    widths: Annotated[tuple[PositiveInt, ...], OneOf((1, 2, 3), (2, 3, 4), (3, 4, 5))] = (3, 4, 5),
    filters: Annotated[PositiveInt, OneOf(32, 64, 128)] = 64,
    dropout: Annotated[float, Interval(ge=0, lt=1), Between(0.0, 0.7)] = 0.5,
    class_weight: Literal["balanced"] | dict[str | int, PositiveFloat] | None = None,
    training: Training = Training(),
    random_state: int,
) -> LightningClassifier:
    """Return a network of `filters` filters for each of `widths` words; takes `represent: tokens`.

    Words are vectors of `embedding_dim` numbers. With `embeddings` they are those that others have
    learned, in a package (`glove_6b_50d`, `word2vec_300d`) or a file, and stay as they are; only words
    that those lack are learned. The pipeline's `features` must name the same. `dropout` is of the
    filters' answers.

    Source: Kim (2014), Convolutional neural networks for sentence classification.
    """
    options: dict[str, Any] = {
        "embedding_dim": embedding_dim,
        "widths": widths,
        "filters": filters,
        "dropout": dropout,
    }
    if embeddings is not None:
        options["embeddings"] = embeddings
    return LightningClassifier(TextCNN, options, class_weight, training, random_state)


class TextCNN(nn.Module):
    """Words as vectors, filters over neighbouring words, each filter's largest answer, one layer.

    A filter starts at every word and sees zeros after the last; where no word is it does not start.
    So padding never changes an answer.
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
        activation: Activation,
        *,
        n_ids: int,
        embedding_dim: int,
        widths: tuple[int, ...],
        filters: int,
        dropout: float,
        n_known: int = 0,
        embeddings: str | None = None,
    ):
        super().__init__()
        if embeddings is not None:
            self.pretrained = VectorsOfOthers(embeddings, block="embedding")
        self.widths = widths
        self.embedding = words(n_ids, embedding_dim, n_known)
        self.filters = nn.ModuleList(nn.Linear(width * embedding_dim, filters) for width in widths)
        self.activation = activation()
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(len(widths) * filters, n_outputs)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of ids (batch, words)."""
        reach = max(self.widths) - 1
        lengths = (ids != PADDING).sum(1).clamp(min=1)  # (batch,)
        place = torch.arange(int(lengths.max()) + reach, device=ids.device)
        # All texts in one line, each followed by as many zeros as a filter reaches over its end:
        # only words are multiplied, and by one product for each width.
        line = F.pad(ids, (0, reach))[:, : len(place)]
        kept = place < (lengths + reach).unsqueeze(1)
        starts = (place < lengths.unsqueeze(1))[kept].nonzero()  # (words, 1), of all texts
        x = self.embedding(line[kept])  # (words and zeros, embedding_dim)
        x = x[starts + torch.arange(reach + 1, device=ids.device)]  # (words, reach + 1, dim)
        x = x.flatten(1)
        found = [
            filters(x[:, : filters.in_features]) for filters in self.filters
        ]  # (words, filters) for each width
        x = torch.segment_reduce(torch.cat(found, 1), "max", lengths=lengths)  # (batch, ...)
        output: Tensor = self.output(self.dropout(self.activation(x)))
        return output
