"""Networks that say how a text goes on: of recurrent cells, and of attention that looks back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from caselab.learning.layers.activations import Activation
from caselab.learning.layers.attention import KeyValues
from caselab.learning.layers.recurrent import CellName, Recurrent
from caselab.learning.layers.transformer import Decoder, Past, SinusoidalPositions
from caselab.learning.vocabulary import PADDING


class RecurrentLanguage(nn.Module):
    """Tokens as vectors, read in order by recurrent cells; what they say is compared with all tokens.

    The vectors of tokens that are read are those of tokens that are said.

    Source: Mikolov, Karafiat, Burget, Cernocky and Khudanpur (2010), Recurrent neural network based
    language model; Press and Wolf (2017), Using the output embedding to improve language models.
    """

    input_dtype = np.int64

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        n_ids: int,
        embedding_dim: int,
        hidden: int,
        layers: int,
        cell: CellName,
        dropout: float,
    ):
        super().__init__()
        self.embedding = embedding(n_ids, embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.recurrent = Recurrent(embedding_dim, hidden, cell=cell, layers=layers, dropout=dropout)
        self.projection = nn.Linear(hidden, embedding_dim)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, time, n_outputs) of what follows ids (batch, time)."""
        x, _ = self.recurrent(self.dropout(self.embedding(ids)))
        return self._said(x)

    def begin(self, x: Tensor) -> Any:
        """Return the state of rows of which nothing was read yet; of `x` only their number counts."""
        return by_row(self.recurrent.start(len(x)))

    def step(self, state: Any, ids: Tensor) -> tuple[Tensor, Any]:
        """Return logits (batch, n_outputs) after ids (batch,), and the state."""
        x, state = self.recurrent(self.embedding(ids[:, None]), state=by_row(state))
        return self._said(x)[:, 0], by_row(state)

    def _said(self, x: Tensor) -> Tensor:
        x = self.projection(self.dropout(x))
        said: Tensor = nn.functional.linear(x, self.embedding.weight, self.bias)
        return said


class TransformerLanguage(nn.Module):
    """Tokens as vectors with their places, layers that look back; what they say as in the recurrent one.

    Source: Radford, Narasimhan, Salimans and Sutskever (2018), Improving language understanding by
    generative pre-training; Vaswani et al. (2017), Attention is all you need.
    """

    input_dtype = np.int64

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Activation,
        *,
        n_ids: int,
        width: int,
        n_heads: int,
        hidden: int,
        layers: int,
        dropout: float,
    ):
        super().__init__()
        self.embedding = embedding(n_ids, width)
        self.positions = SinusoidalPositions(width)
        self.dropout = nn.Dropout(dropout)
        self.decoder = Decoder(layers, width, n_heads, hidden, activation, dropout)
        self.bias = nn.Parameter(torch.zeros(n_outputs))
        self.scale = width**0.5
        self.heads = n_heads, width // n_heads

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, time, n_outputs) of what follows ids (batch, time)."""
        x, _ = self.decoder(self._read(ids, 0))
        return self._said(x)

    def begin(self, x: Tensor) -> list[Past]:
        """Return the state of rows of which nothing was read yet; of `x` only their number counts."""
        nothing = self.embedding.weight.new_zeros(len(x), self.heads[0], 0, self.heads[1])
        return [Past(KeyValues(nothing, nothing), None) for _ in self.decoder.layers]

    def step(self, state: list[Past], ids: Tensor) -> tuple[Tensor, list[Past]]:
        """Return logits (batch, n_outputs) after ids (batch,), and the keys and values so far."""
        x = self._read(ids[:, None], state[0].own.keys.shape[2])
        x, state = self.decoder(x, past=state)
        return self._said(x)[:, 0], state

    def _read(self, ids: Tensor, start: int) -> Tensor:
        x: Tensor = self.dropout(self.positions(self.embedding(ids) * self.scale, start))
        return x

    def _said(self, x: Tensor) -> Tensor:
        said: Tensor = nn.functional.linear(x, self.embedding.weight, self.bias)
        return said


def embedding(n_ids: int, width: int) -> nn.Embedding:
    """Return vectors of ids that also tell ids from each other, so that none is long at first."""
    made = nn.Embedding(n_ids, width, padding_idx=PADDING)
    with torch.no_grad():
        made.weight.normal_(std=width**-0.5)
        made.weight[PADDING].zero_()
    return made


def by_row(state: Any) -> Any:
    """Return the state of cells (layers, batch, hidden) with the row first, as decoding keeps it.

    Or one with the row first as cells take it.
    """
    if isinstance(state, tuple):
        return tuple(by_row(part) for part in state)
    return state.transpose(0, 1).contiguous()
