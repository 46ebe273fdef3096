"""Vectors of words: learned, or those that others have learned, which then stay as they are.

Ids of words are those of the text view: 0 for padding, 1 for an unknown word, then, with vectors of
others, the words of their file in its order, and last what else training holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from caselab.data import word_vectors
from caselab.errors import UserError
from caselab.learning.vocabulary import PADDING, UNKNOWN

FIRST = UNKNOWN + 1


def sizes(X: np.ndarray, embeddings: str | None, embedding_dim: int) -> dict[str, int]:
    """Return the number of ids, and of words that the vectors `embeddings` know, if they are named.

    Raises:
        UserError: the vectors cannot be had, are of another dimension, or the ids are not theirs.
    """
    n_ids = int(X.max()) + 1  # transformers give no greater one than training had
    if embeddings is None:
        return {"n_ids": n_ids}
    known, dimensions = word_vectors.read(embeddings).vectors.shape
    if dimensions != embedding_dim:
        raise UserError(
            f"The vectors {embeddings!r} have {dimensions} numbers each, and model.embedding_dim is "
            f"{embedding_dim}; set it to {dimensions}."
        )
    return {"n_ids": max(n_ids, FIRST + known), "n_known": known}


def words(n_ids: int, embedding_dim: int, n_known: int) -> nn.Module:
    """Return what takes ids (batch, words) to vectors (batch, words, embedding_dim).

    Args:
        n_ids: of all words, with padding and the unknown one.
        embedding_dim: numbers of a vector.
        n_known: words of the vectors that others have learned; 0: there are none.
    """
    if n_known:
        return KnownVectors(n_ids, embedding_dim, n_known)
    return nn.Embedding(n_ids, embedding_dim, padding_idx=PADDING)


class KnownVectors(nn.Module):
    """Vectors of others, which stay as they are, and learned ones of the words that they lack."""

    known: Tensor

    def __init__(self, n_ids: int, embedding_dim: int, n_known: int):
        super().__init__()
        self.register_buffer("known", torch.zeros(n_known, embedding_dim))
        self.learned = nn.Embedding(n_ids - n_known, embedding_dim, padding_idx=PADDING)

    def forward(self, ids: Tensor) -> Tensor:
        """Return vectors of ids, of any shape."""
        row = ids - FIRST
        is_known = (row >= 0) & (row < len(self.known))
        found = F.embedding(row.clamp(0, len(self.known) - 1), self.known)
        of_others = torch.where(row < 0, ids, ids - len(self.known)).masked_fill(is_known, PADDING)
        return torch.where(is_known.unsqueeze(-1), found, self.learned(of_others))


@dataclass(frozen=True)
class VectorsOfOthers:
    """What a network starts from: see pretrained.py.

    Vectors are brought to deviation 1, which those that are drawn at random have: files differ in it,
    and small ones are hardly learned from.
    """

    embeddings: str
    block: str

    def load_into(self, network: nn.Module) -> None:
        """Give the network's block the vectors."""
        vectors = word_vectors.read(self.embeddings).vectors
        known = network.get_submodule(self.block).get_buffer("known")
        known.copy_(torch.from_numpy(vectors / (vectors.std(dtype=np.float64) or 1.0)))

    def told(self) -> dict[str, str]:
        """Return origin, licence and hash."""
        return dict(word_vectors.read(self.embeddings).told)
