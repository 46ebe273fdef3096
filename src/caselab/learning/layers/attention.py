"""Attention: what is read at one place is a mean of other places, weighted by how well they match.

`MultiHeadAttention` is that of Transformers, by torch's fused kernel. `AdditiveAttention` and
`DotAttention` are those of recurrent decoders, which give their weights back to be drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.errors import UserError


def kept_places(lengths: Tensor, n_places: int) -> Tensor:
    """Return which places are no padding, (batch, n_places); a sequence of none keeps its first.

    Args:
        lengths: (batch,), of sequences that are padded at the end.
        n_places: of the longest.
    """
    place = torch.arange(n_places, device=lengths.device)
    return place < lengths.clamp(min=1).unsqueeze(1)


class KeyValues(NamedTuple):
    """What places that were read offer to attention, each (batch, heads, places, width / heads)."""

    keys: Tensor
    values: Tensor

    def followed_by(self, other: KeyValues) -> KeyValues:
        """Return these places and then the others."""
        pairs = zip(self, other, strict=True)
        return KeyValues(*(torch.cat(pair, 2) for pair in pairs))

    def take(self, rows: Tensor) -> KeyValues:
        """Return those of some rows of the batch, in that order, as a beam search keeps them."""
        return KeyValues(self.keys[rows], self.values[rows])


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention by several heads, each in a share of the width.

    To decode one token after the other, keep what `keys_values` returns of those that were read:

        past = past.followed_by(attention.keys_values(x))
        y = attention(x, past, causal=True)

    Args:
        width: numbers at each place, in and out; `n_heads` divides it.
        n_heads: that look at once.
        dropout: share of the weights that are left out in training.
        source_width: numbers at each place of another sequence that is looked at; None: `width`.

    Source: Vaswani et al. (2017), Attention is all you need, section 3.2.
    """

    def __init__(
        self, width: int, n_heads: int, dropout: float = 0.0, source_width: int | None = None
    ):
        super().__init__()
        if width % n_heads:
            raise UserError(
                f"{n_heads} heads do not divide a width of {width}; set model.n_heads to one of: "
                f"{', '.join(str(n) for n in range(1, width) if width % n == 0)}."
            )
        self.n_heads = n_heads
        self.dropout = dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(source_width or width, width)
        self.value = nn.Linear(source_width or width, width)
        self.output = nn.Linear(width, width)

    def keys_values(self, source: Tensor) -> KeyValues:
        """Return what (batch, places, source_width) offers to attention."""
        return KeyValues(self._heads(self.key(source)), self._heads(self.value(source)))

    def forward(
        self,
        x: Tensor,
        source: KeyValues | None = None,
        *,
        keep: Tensor | None = None,
        causal: bool = False,
    ) -> Tensor:
        """Return what each place of `x` finds, (batch, places, width).

        Args:
            x: (batch, places, width).
            source: what is looked at; None: `x` itself.
            keep: (batch, places of the source), which of them may be looked at, one at least; None: all.
            causal: the places of `x` are the last ones of the source, and none looks past itself.
        """
        query = self._heads(self.query(x))
        keys, values = self.keys_values(x) if source is None else source
        n_queries, n_keys = query.shape[2], keys.shape[2]
        mask = None if keep is None else keep[:, None, None]  # (batch, 1, 1, n_keys)
        whole = causal and mask is None and n_queries == n_keys  # which the kernel masks itself
        if causal and not whole and n_queries > 1:
            earlier = torch.ones(n_queries, n_keys, dtype=torch.bool, device=x.device)
            earlier = earlier.tril(n_keys - n_queries)
            mask = earlier if mask is None else mask & earlier
        found = F.scaled_dot_product_attention(
            *(query, keys, values),
            attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=whole,
        )  # (batch, heads, n_queries, width / heads)
        output: Tensor = self.output(found.transpose(1, 2).flatten(2))
        return output

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)


class AdditiveAttention(nn.Module):
    """The score of a pair of places is a small network's: Bahdanau's attention.

    Args:
        query_dim: numbers at each place that asks, such as a decoder's state.
        source_dim: numbers at each place that is looked at.
        hidden: units of the small network.

    Source: Bahdanau, Cho and Bengio (2015), Neural machine translation by jointly learning to align
    and translate, appendix A.1.2.
    """

    def __init__(self, query_dim: int, source_dim: int, hidden: int):
        super().__init__()
        self.query = nn.Linear(query_dim, hidden, bias=False)
        self.key = nn.Linear(source_dim, hidden)
        self.score = nn.Linear(hidden, 1, bias=False)

    def keys(self, source: Tensor) -> Tensor:
        """Return what (batch, places, source_dim) is matched by; once for all steps of a decoder."""
        keys: Tensor = self.key(source)
        return keys

    def forward(
        self, query: Tensor, keys: Tensor, source: Tensor, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what is found (batch, n_queries, source_dim), and weights (batch, n_queries, places).

        Args:
            query: (batch, n_queries, query_dim).
            keys: of the source, as `keys` returns them.
            source: (batch, places, source_dim).
            keep: (batch, places), which may be looked at, one at least; None: all.
        """
        pairs = torch.tanh(self.query(query).unsqueeze(2) + keys.unsqueeze(1))
        return _found(self.score(pairs).squeeze(3), source, keep)


class DotAttention(nn.Module):
    """The score of a pair of places is the product of both: Luong's attention.

    Args:
        query_dim: numbers at each place that asks, such as a decoder's state.
        source_dim: numbers at each place that is looked at.
        general: the source is brought to `query_dim` by a matrix that is learned; False: the plain
            product, for which both are of one size.

    Source: Luong, Pham and Manning (2015), Effective approaches to attention-based neural machine
    translation, section 3.1.
    """

    def __init__(self, query_dim: int, source_dim: int, *, general: bool = True):
        super().__init__()
        if not general and query_dim != source_dim:
            raise ValueError(
                f"A plain product is of equal sizes, not {query_dim} and {source_dim}."
            )
        self.key = nn.Linear(source_dim, query_dim, bias=False) if general else nn.Identity()

    def keys(self, source: Tensor) -> Tensor:
        """Return what (batch, places, source_dim) is matched by; once for all steps of a decoder."""
        keys: Tensor = self.key(source)
        return keys

    def forward(
        self, query: Tensor, keys: Tensor, source: Tensor, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what is found (batch, n_queries, source_dim), and weights (batch, n_queries, places).

        Args:
            query: (batch, n_queries, query_dim).
            keys: of the source, as `keys` returns them.
            source: (batch, places, source_dim).
            keep: (batch, places), which may be looked at, one at least; None: all.
        """
        return _found(query @ keys.transpose(1, 2), source, keep)


def _found(scores: Tensor, source: Tensor, keep: Tensor | None) -> tuple[Tensor, Tensor]:
    if keep is not None:
        scores = scores.masked_fill(~keep.unsqueeze(1), -torch.inf)
    weights = scores.softmax(2)  # (batch, n_queries, places)
    return weights @ source, weights
