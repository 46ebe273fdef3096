"""What networks that write are made of: what they are taught, their loss, and two kinds of decoders.

`RecurrentWriter` writes what any encoder has read, of texts as of pictures. `TransformerWriter` reads
and writes texts.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.learning.layers.activations import Activation
from caselab.learning.layers.attention import AdditiveAttention, DotAttention, kept_places
from caselab.learning.layers.language import by_row, embedding
from caselab.learning.layers.recurrent import CellName, Recurrent, State
from caselab.learning.layers.transformer import (
    Decoder,
    Encoder,
    LearnedPositions,
    SinusoidalPositions,
)
from caselab.learning.losses import IGNORED, Total
from caselab.learning.objectives import Batch
from caselab.learning.vocabulary import PADDING

AttentionName = Literal["none", "additive", "dot"]
Positions = Literal["sinusoidal", "learned"]


class Encoded(NamedTuple):
    """What an encoder hands to a recurrent decoder."""

    places: Tensor  # (batch, n_places, width), which attention looks at
    keep: Tensor  # (batch, n_places), which of them are no padding
    state: State  # (layers, batch, hidden) of the decoder's cells, from which it starts


def taught(y: Tensor) -> Tensor:
    """Return what stands before each token that is to be written, (batch, time - 1), from the start on.

    Args:
        y: (batch, time), from start to end, padded with `IGNORED`.
    """
    before = y[:, :-1]
    return before.masked_fill(before == IGNORED, PADDING)


def surprise(logits: Tensor, y: Tensor, smoothing: float = 0.0) -> Total:
    """Return the cross-entropy of what is to be written after the start, summed over tokens.

    Args:
        logits: (batch, time - 1, n_outputs).
        y: (batch, time), as in `taught`.
        smoothing: share of each target that all tokens have alike.

    Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna (2016), Rethinking the Inception architecture
    for computer vision, section 7 (label smoothing).
    """
    target = y[:, 1:].flatten()
    total = F.cross_entropy(
        logits.flatten(0, 1),
        target,
        ignore_index=IGNORED,
        reduction="sum",
        label_smoothing=smoothing,
    )
    return Total(total, (target != IGNORED).sum())


class RecurrentWriter(nn.Module):
    """Recurrent cells that write, token by token, what an encoder has read.

    Cells read the token before; with attention, their state then asks for what was read, and both
    together say the next token. A network is one of these with its own encoder, which `encode` asks.

    Args:
        encoder: from inputs (batch, ...) to `Encoded`.
        n_outputs: ids that may be written.
        width: numbers at each place of what was read.
        cell: see `Recurrent`.
        attention: `additive` (Bahdanau's), `dot` (Luong's), or `none`: all must stand in the state.
        embedding_dim: numbers of a token.
        hidden: cells of each of `layers`.
        layers: one on the other.
        dropout: of tokens, between layers, and before what is said.
        teacher_forcing: share of tokens that follow the true one in training, and else the network's
            own: in the first epoch, and what it comes to at the end.
        label_smoothing: share of each target that all tokens have alike.

    Source: Sutskever, Vinyals and Le (2014), Sequence to sequence learning with neural networks;
    Bahdanau, Cho and Bengio (2015), Neural machine translation by jointly learning to align and
    translate; Luong, Pham and Manning (2015), Effective approaches to attention-based neural machine
    translation; Bengio, Vinyals, Jaitly and Shazeer (2015), Scheduled sampling for sequence
    prediction with recurrent neural networks.
    """

    def __init__(
        self,
        encoder: nn.Module,
        n_outputs: int,
        width: int,
        *,
        cell: CellName,
        attention: AttentionName,
        embedding_dim: int,
        hidden: int,
        layers: int,
        dropout: float,
        teacher_forcing: tuple[float, float],
        label_smoothing: float,
    ):
        super().__init__()
        self.teacher_forcing, self.smoothing = teacher_forcing, label_smoothing
        self.encoder = encoder
        self.written = embedding(n_outputs, embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.decoder = Recurrent(embedding_dim, hidden, cell=cell, layers=layers, dropout=dropout)
        self.attention: AdditiveAttention | DotAttention | None = None
        if attention == "additive":
            self.attention = AdditiveAttention(hidden, width, hidden)
        elif attention == "dot":
            self.attention = DotAttention(hidden, width)
        found = 0 if self.attention is None else width
        self.together = nn.Linear(hidden + found, embedding_dim)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    @property
    def tells_looks(self) -> bool:
        """Whether it looks at what was read."""
        return self.attention is not None

    def objective(self, batch: Batch) -> Total:
        """Return the surprise at each token, after the true ones before it or the network's own."""
        assert batch.y is not None  # what is to be written
        source, state = self._read(batch.X)
        before = taught(batch.y)
        first, last = self.teacher_forcing
        share = first + (last - first) * batch.progress if self.training else 1.0
        if share == 1:
            logits, _, _ = self._said(before, source, state)
        else:
            logits = self._forced(before, source, state, share)
        return surprise(logits, batch.y, self.smoothing if self.training else 0.0)

    def begin(self, x: Tensor) -> dict[str, Any]:
        """Return the state before anything is written for inputs (batch, ...)."""
        source, state = self._read(x)
        return {"cells": by_row(state), "source": source}

    def step(self, state: dict[str, Any], ids: Tensor) -> tuple[Tensor, dict[str, Any]]:
        """Return logits (batch, n_outputs) after ids (batch,), and the state."""
        logits, cells, _ = self._said(ids[:, None], state["source"], by_row(state["cells"]))
        return logits[:, 0], {"cells": by_row(cells), "source": state["source"]}

    def looks(self, x: Tensor, written: Tensor) -> Tensor:
        """Return what it looks at after each of the ids written, (batch, n_written, n_places)."""
        source, state = self._read(x)
        weights = self._said(written, source, state)[2]
        assert weights is not None  # it looks
        return weights

    def _read(self, x: Tensor) -> tuple[dict[str, Tensor], State]:
        """Return what is looked at, by name, and the state to start from."""
        encoded: Encoded = self.encoder(x)
        if self.attention is None:
            return {}, encoded.state
        keys = self.attention.keys(encoded.places)
        return {"places": encoded.places, "keep": encoded.keep, "keys": keys}, encoded.state

    def _said(
        self, before: Tensor, source: dict[str, Tensor], state: State
    ) -> tuple[Tensor, State, Tensor | None]:
        """Return logits after each of the ids (batch, time), the state, and what was looked at."""
        x, state = self.decoder(self.dropout(self.written(before)), state=state)
        weights = None
        if self.attention is not None:
            found, weights = self.attention(x, source["keys"], source["places"], source["keep"])
            x = torch.cat([x, found], 2)  # (batch, time, hidden + width)
        x = self.dropout(torch.tanh(self.together(x)))
        return F.linear(x, self.written.weight, self.bias), state, weights

    def _forced(
        self, before: Tensor, source: dict[str, Tensor], state: State, share: float
    ) -> Tensor:
        """Return logits where a token follows the true one, by chance, or the network's own."""
        ids, logits = before[:, :1], []
        for place in range(before.shape[1]):
            said, state, _ = self._said(ids, source, state)
            logits.append(said)
            if place + 1 < before.shape[1]:
                true = torch.rand(len(ids), 1, device=ids.device) < share
                ids = torch.where(true, before[:, place + 1, None], said.detach().argmax(2))
        return torch.cat(logits, 1)


class TransformerWriter(nn.Module):
    """An encoder that reads, and a decoder that writes and looks at what was read.

    Source: Vaswani et al. (2017), Attention is all you need.
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
        n_heads: int,
        hidden: int,
        layers: int,
        dropout: float,
        label_smoothing: float,
        positions: Positions,
        norm_first: bool,
        longest: int,
    ):
        super().__init__()
        self.smoothing = label_smoothing
        self.scale = embedding_dim**0.5
        self.read, self.written = (embedding(n, embedding_dim) for n in (n_ids, n_outputs))
        self.places = nn.ModuleList(
            SinusoidalPositions(embedding_dim)
            if positions == "sinusoidal"
            else LearnedPositions(embedding_dim, longest)
            for _ in range(2)
        )
        self.dropout = nn.Dropout(dropout)
        of_layer = (embedding_dim, n_heads, hidden, activation, dropout)
        self.encoder = Encoder(layers, *of_layer, norm_first=norm_first)
        self.decoder = Decoder(layers, *of_layer, norm_first=norm_first, source_width=embedding_dim)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def objective(self, batch: Batch) -> Total:
        """Return the surprise at each token after the true ones before it."""
        assert batch.y is not None  # what is to be written
        source, keep = self._encoded(batch.X)
        x, _ = self.decoder(self._embedded(taught(batch.y)), source, source_keep=keep)
        return surprise(self._said(x), batch.y, self.smoothing if self.training else 0.0)

    def begin(self, x: Tensor) -> dict[str, Any]:
        """Return the state before anything is written for ids (batch, time)."""
        source, keep = self._encoded(x)
        return {"source": source, "keep": keep, "past": []}

    def step(self, state: dict[str, Any], ids: Tensor) -> tuple[Tensor, dict[str, Any]]:
        """Return logits (batch, n_outputs) after ids (batch,), and the state with keys and values."""
        past = state["past"] or None
        start = past[0].own.keys.shape[2] if past else 0
        x, past = self.decoder(
            self._embedded(ids[:, None], start),
            state["source"],
            past=past,
            source_keep=state["keep"],
        )
        return self._said(x)[:, 0], {**state, "past": past}

    def _encoded(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        keep = kept_places((ids != PADDING).sum(1), ids.shape[1])
        x = self.dropout(self.places[0](self.read(ids) * self.scale))
        return self.encoder(x, keep), keep

    def _embedded(self, ids: Tensor, start: int = 0) -> Tensor:
        x: Tensor = self.dropout(self.places[1](self.written(ids) * self.scale, start))
        return x

    def _said(self, x: Tensor) -> Tensor:
        return F.linear(x, self.written.weight, self.bias)
