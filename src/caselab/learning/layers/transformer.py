"""Transformers: layers of attention and of two dense layers, and the places of what they read."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from caselab.learning.layers.activations import Activation
from caselab.learning.layers.attention import KeyValues, MultiHeadAttention


class SinusoidalPositions(nn.Module):
    """Adds waves of many lengths, by which places tell their distances; for sequences of any length.

    Args:
        width: numbers at each place; of an odd number the last wave has no partner.

    Source: Vaswani et al. (2017), Attention is all you need, section 3.5.
    """

    def __init__(self, width: int):
        super().__init__()
        self.width = width

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """Return (batch, places, width) with the waves of places from `start` on."""
        place = torch.arange(start, start + x.shape[1], device=x.device, dtype=torch.float32)
        pair = torch.arange(0, self.width, 2, device=x.device, dtype=torch.float32)
        angle = place.unsqueeze(1) * torch.exp(pair * (-math.log(10_000.0) / self.width))
        waves = torch.stack([angle.sin(), angle.cos()], 2).flatten(1)[:, : self.width]
        return x + waves.to(x.dtype)


class LearnedPositions(nn.Module):
    """Adds a vector that is learned for each place.

    Args:
        width: numbers at each place.
        longest: sequence that is taken.

    Source: Gehring, Auli, Grangier, Yarats and Dauphin (2017), Convolutional sequence to sequence
    learning, section 3.1.
    """

    def __init__(self, width: int, longest: int):
        super().__init__()
        self.vectors = nn.Embedding(longest, width)
        nn.init.normal_(self.vectors.weight, std=0.02)

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """Return (batch, places, width) with the vectors of places from `start` on.

        Raises:
            ValueError: there are more places than vectors.
        """
        end, longest = start + x.shape[1], self.vectors.num_embeddings
        if end > longest:
            raise ValueError(f"A sequence has {end} places; positions are learned for {longest}.")
        return x + self.vectors.weight[start:end]


class FeedForward(nn.Sequential):
    """Two dense layers, at each place by itself, `hidden` units between them."""

    def __init__(self, width: int, hidden: int, activation: Activation, dropout: float):
        super().__init__(
            nn.Linear(width, hidden), activation(), nn.Dropout(dropout), nn.Linear(hidden, width)
        )


class EncoderLayer(nn.Module):
    """Each place looks at all others; then come two dense layers.

    Args:
        width: numbers at each place.
        n_heads: of attention.
        hidden: units of the dense layers.
        activation: between these.
        dropout: of attention's weights, between dense layers, and of what a part adds.
        norm_first: norms stand before each part, as trains without warm-up; False: after what it
            adds, as in the paper.

    Source: Vaswani et al. (2017), Attention is all you need; Xiong et al. (2020), On layer
    normalization in the transformer architecture (`norm_first`).
    """

    def __init__(
        self,
        width: int,
        n_heads: int,
        hidden: int,
        activation: Activation,
        dropout: float = 0.0,
        *,
        norm_first: bool = True,
    ):
        super().__init__()
        self.norm_first = norm_first
        self.attention = MultiHeadAttention(width, n_heads, dropout)
        self.attention_norm = nn.LayerNorm(width)
        self.dense = FeedForward(width, hidden, activation, dropout)
        self.dense_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return (batch, places, width) of the same; `keep` (batch, places) tells no padding."""
        if self.norm_first:
            x = x + self.dropout(self.attention(self.attention_norm(x), keep=keep))
            return x + self.dropout(self.dense(self.dense_norm(x)))
        x = self.attention_norm(x + self.dropout(self.attention(x, keep=keep)))
        normed: Tensor = self.dense_norm(x + self.dropout(self.dense(x)))
        return normed


class Encoder(nn.Module):
    """Layers that look at all places, one on the other; see `EncoderLayer` for what they take."""

    def __init__(
        self,
        n_layers: int,
        width: int,
        n_heads: int,
        hidden: int,
        activation: Activation,
        dropout: float = 0.0,
        *,
        norm_first: bool = True,
    ):
        super().__init__()
        self.layers = nn.ModuleList(
            EncoderLayer(width, n_heads, hidden, activation, dropout, norm_first=norm_first)
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width) if norm_first else nn.Identity()

    def forward(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return (batch, places, width) of the same; `keep` (batch, places) tells no padding."""
        for layer in self.layers:
            x = layer(x, keep)
        normed: Tensor = self.norm(x)
        return normed


class Past(NamedTuple):
    """What a decoder's layer keeps between steps: of the places it read, and of the source."""

    own: KeyValues
    source: KeyValues | None

    def take(self, rows: Tensor) -> Past:
        """Return that of some rows of the batch, in that order, as a beam search keeps them."""
        return Past(self.own.take(rows), None if self.source is None else self.source.take(rows))


class DecoderLayer(nn.Module):
    """Each place looks at itself and those before, and at another sequence; then come dense layers.

    Args:
        width: numbers at each place.
        n_heads: of attention.
        hidden: units of the dense layers.
        activation: between these.
        dropout: of attention's weights, between dense layers, and of what a part adds.
        norm_first: as in `EncoderLayer`.
        source_width: numbers at each place of the other sequence; None: there is none, as in
            language models.

    Source: Vaswani et al. (2017), Attention is all you need; Radford et al. (2019), Language models
    are unsupervised multitask learners (no other sequence, norms first).
    """

    def __init__(
        self,
        width: int,
        n_heads: int,
        hidden: int,
        activation: Activation,
        dropout: float = 0.0,
        *,
        norm_first: bool = True,
        source_width: int | None = None,
    ):
        super().__init__()
        self.norm_first = norm_first
        self.attention = MultiHeadAttention(width, n_heads, dropout)
        self.attention_norm = nn.LayerNorm(width)
        self.source_attention = None
        if source_width is not None:
            self.source_attention = MultiHeadAttention(width, n_heads, dropout, source_width)
            self.source_norm = nn.LayerNorm(width)
        self.dense = FeedForward(width, hidden, activation, dropout)
        self.dense_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        source: Tensor | None = None,
        *,
        past: Past | None = None,
        keep: Tensor | None = None,
        source_keep: Tensor | None = None,
    ) -> tuple[Tensor, Past]:
        """Return (batch, places, width) of the same, and what to keep for places to come.

        Args:
            x: (batch, places, width), the places after those of `past`.
            source: (batch, places, source_width); with `past` it is not looked at again.
            past: that of the places before; None: `x` starts the sequence.
            keep: (batch, all places so far), which are no padding; None: all, or padding stands at
                the end, where no place before looks at it.
            source_keep: (batch, places of the source), which are no padding; None: all.
        """
        normed = self.attention_norm(x) if self.norm_first else x
        own = self.attention.keys_values(normed)
        own = own if past is None else past.own.followed_by(own)
        x = x + self.dropout(self.attention(normed, own, keep=keep, causal=True))
        x = x if self.norm_first else self.attention_norm(x)
        of_source = None
        if self.source_attention is not None:
            if past is not None:
                of_source = past.source
            elif source is not None:
                of_source = self.source_attention.keys_values(source)
            else:
                raise ValueError("This layer looks at another sequence; give `source` or `past`.")
            normed = self.source_norm(x) if self.norm_first else x
            x = x + self.dropout(self.source_attention(normed, of_source, keep=source_keep))
            x = x if self.norm_first else self.source_norm(x)
        normed = self.dense_norm(x) if self.norm_first else x
        x = x + self.dropout(self.dense(normed))
        return x if self.norm_first else self.dense_norm(x), Past(own, of_source)


class Decoder(nn.Module):
    """Layers that look back, one on the other; see `DecoderLayer` for what they take."""

    def __init__(
        self,
        n_layers: int,
        width: int,
        n_heads: int,
        hidden: int,
        activation: Activation,
        dropout: float = 0.0,
        *,
        norm_first: bool = True,
        source_width: int | None = None,
    ):
        super().__init__()
        self.layers = nn.ModuleList(
            DecoderLayer(
                *(width, n_heads, hidden, activation, dropout),
                norm_first=norm_first,
                source_width=source_width,
            )
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width) if norm_first else nn.Identity()

    def forward(
        self,
        x: Tensor,
        source: Tensor | None = None,
        *,
        past: list[Past] | None = None,
        keep: Tensor | None = None,
        source_keep: Tensor | None = None,
    ) -> tuple[Tensor, list[Past]]:
        """Return (batch, places, width) of the same, and what each layer keeps for places to come.

        Arguments are those of `DecoderLayer.forward`, `past` one of each layer.
        """
        kept = []
        for place, layer in enumerate(self.layers):
            before = None if past is None else past[place]
            x, now = layer(x, source, past=before, keep=keep, source_keep=source_keep)
            kept.append(now)
        return self.norm(x), kept
