"""Counts of words that stand near each other, held against chance, and reduced to few dimensions."""

from typing import Annotated

import numpy as np
from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.utils.extmath import randomized_svd

from caselab.params.search import Between
from caselab.sequences.cooccurrence import cooccurrences, positive_pmi
from caselab.sequences.words import Vectors, WordModel


def vectors(
    *,
    embedding_dim: PositiveInt = 100,
    window: Annotated[PositiveInt, Between(2, 10)] = 5,
    least: PositiveInt = 5,
    smoothing: Annotated[float, Interval(gt=0, le=1), Between(0.5, 1.0)] = 0.75,
    shift: Annotated[PositiveFloat, Between(1.0, 10.0, log=True)] = 1.0,
    singular_power: Annotated[float, Interval(ge=0, le=1), Between(0.0, 1.0)] = 0.5,
    random_state: int,
) -> "PmiSvd":
    """Factor the positive pointwise mutual information of words and those around them.

    Source: Church and Hanks (1990), Word association norms, mutual information, and lexicography;
    Levy, Goldberg and Dagan (2015), Improving distributional similarity with lessons learned from
    word embeddings, TACL 3.
    """
    return PmiSvd(**locals())  # all are its own


class PmiSvd(WordModel):
    """Left singular vectors, each weighed by a power of its singular value.

    Args:
        embedding_dim: numbers of a vector, at most one less than there are words.
        window: words on each side.
        least: times that a word must come to be known.
        smoothing: the power of contexts' counts.
        shift: log of it is taken from each value; more than 1 leaves fewer pairs.
        singular_power: 1 keeps what the factors multiply to, 0 weighs all dimensions alike.
        random_state: of the subspace in which singular vectors are looked for.
    """

    def __init__(
        self,
        *,
        embedding_dim: int = 100,
        window: int = 5,
        least: int = 5,
        smoothing: float = 0.75,
        shift: float = 1.0,
        singular_power: float = 0.5,
        random_state: int = 0,
    ):
        self.embedding_dim = embedding_dim
        self.window = window
        self.least = least
        self.smoothing = smoothing
        self.shift = shift
        self.singular_power = singular_power
        self.random_state = random_state

    def _learned(self, texts: list[list[str]], known: list[str]) -> Vectors:
        counts = cooccurrences(texts, known, self.window)
        pmi = positive_pmi(counts, smoothing=self.smoothing, shift=self.shift)
        n = min(self.embedding_dim, len(known) - 1)
        left, singular, _ = randomized_svd(
            pmi.astype(np.float32), n, n_iter=4, random_state=self.random_state
        )
        return Vectors(known, left * singular**self.singular_power)
