"""Vectors of words by the parts that they are spelt by, and how many words there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from caselab.learning.vocabulary import PADDING


class SpeltWords(nn.Module):
    """The sum of the vectors of a token's parts, scaled to the size of one.

    Args:
        n_ids: how many ids each part has, or the only one.
        embedding_dim: numbers of a vector.

    Source: Bojanowski, Grave, Joulin and Mikolov (2017), Enriching word vectors with subword
    information, who sum those of a word and of what it is spelt by.
    """

    def __init__(self, n_ids: int | Sequence[int], embedding_dim: int):
        super().__init__()
        of_parts = (n_ids,) if isinstance(n_ids, int) else tuple(n_ids)
        self.parts = nn.ModuleList(
            nn.Embedding(n, embedding_dim, padding_idx=PADDING) for n in of_parts
        )

    def forward(self, ids: Tensor) -> Tensor:
        """Return vectors (batch, time, embedding_dim) of ids (batch, time) or (batch, time, parts)."""
        ids = ids if ids.ndim == 3 else ids.unsqueeze(2)
        vectors = [part(of_part) for part, of_part in zip(self.parts, ids.unbind(2), strict=True)]
        total: Tensor = sum(vectors[1:], vectors[0])
        return total / math.sqrt(len(vectors))


def lengths(ids: Tensor) -> Tensor:
    """Return how many tokens each sequence has, (batch,), of ids (batch, time) or (batch, time, parts)."""
    words = ids if ids.ndim == 2 else ids[..., 0]
    return (words != PADDING).sum(1)
