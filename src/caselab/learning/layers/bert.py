"""BERT: a text's subwords as vectors, and layers in which each looks at all others.

States are (batch, places, width), and where a text has no subword left there stand zeros. No layer
computes anything for those, so that padding costs nothing and changes no answer.

Source: Devlin, Chang, Lee and Toutanova (2019), BERT: pre-training of deep bidirectional
transformers for language understanding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.learning.vocabulary import PADDING  # of a subword the id is its tokenizer's plus 1


def encoder(
    n_ids: int,
    n_places: int,
    width: int,
    n_layers: int,
    n_heads: int,
    hidden: int,
    dropout: float,
    epsilon: float,
) -> nn.Sequential:
    """Return the network from ids (batch, places) to states: embeddings, and then the layers.

    Args:
        n_ids: numbers that the tokenizer gives.
        n_places: of the longest text that is taken.
        width: of a state; `n_heads` divides it.
        n_layers: after the embeddings.
        n_heads: of attention.
        hidden: units of the dense layers.
        dropout: of embeddings, and of what a layer adds.
        epsilon: that norms add to the variance.
    """
    layers = [Layer(width, n_heads, hidden, dropout, epsilon) for _ in range(n_layers)]
    return nn.Sequential(Embeddings(n_ids, n_places, width, dropout, epsilon), *layers)


class Embeddings(nn.Module):
    """The vectors of subwords and of the places where they stand, added and normed."""

    def __init__(self, n_ids: int, n_places: int, width: int, dropout: float, epsilon: float):
        super().__init__()
        self.subwords = nn.Embedding(n_ids, width)
        self.places = nn.Embedding(n_places, width)
        self.norm = nn.LayerNorm(width, epsilon)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor) -> Tensor:
        """Return states of ids (batch, places)."""
        kept = ids != PADDING
        number = ids[kept].long() - 1  # a network is given floats, which hold all ids there are
        place = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)[kept]
        x = self.subwords(number) + self.places(place)  # (subwords, width)
        return _padded(self.dropout(self.norm(x)), kept)


class Layer(nn.Module):
    """Attention, and two dense layers; each adds to what it is given, and the sum is normed."""

    def __init__(self, width: int, n_heads: int, hidden: int, dropout: float, epsilon: float):
        super().__init__()
        self.n_heads = n_heads
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, epsilon)
        self.dense = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dense_norm = nn.LayerNorm(width, epsilon)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return states of states."""
        kept = holds_subword(x)
        states = x[kept]  # (subwords, width), of all texts in one line
        states = self.attention_norm(states + self.dropout(self._attention(states, kept)))
        states = self.dense_norm(states + self.dropout(self.dense(states)))
        return _padded(states, kept)

    def _attention(self, states: Tensor, kept: Tensor) -> Tensor:
        kept = kept[:, : max(1, int(kept.sum(1).max()))]  # as far as the longest text of the batch
        of_heads = _padded(self.query_key_value(states), kept).unflatten(2, (3, self.n_heads, -1))
        query, key, value = of_heads.permute(2, 0, 3, 1, 4)  # (batch, heads, places, of a head)
        looked_at = kept.clone()
        looked_at[:, 0] = True  # a text of nothing looks at nothing, and not at no number
        found = F.scaled_dot_product_attention(
            query, key, value, attn_mask=looked_at[:, None, None]
        )
        output: Tensor = self.attention_output(found.transpose(1, 2)[kept].flatten(1))
        return output


class MeanOfSubwords(nn.Module):
    """The mean of a text's states."""

    def forward(self, x: Tensor) -> Tensor:
        """Return features (batch, width) of states (batch, places, width)."""
        return x.sum(1) / holds_subword(x).sum(1, keepdim=True).clamp(min=1)


def holds_subword(x: Tensor) -> Tensor:
    """Return of states which are of a subword, (batch, places); those of none are zeros."""
    return (x != 0).any(2)


def _padded(states: Tensor, kept: Tensor) -> Tensor:
    """Return states (subwords, width) at their places, with zeros at all others."""
    padded = states.new_zeros(*kept.shape, states.shape[1])
    padded[kept] = states
    return padded
