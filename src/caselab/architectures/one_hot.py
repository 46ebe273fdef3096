"""One-hot vectors: a dimension for each word, so that no two are alike."""

import numpy as np
from pydantic import PositiveInt
from scipy import sparse

from caselab.sequences.words import Directions, Vectors, WordModel


def vectors(*, least: PositiveInt = 5) -> "OneHot":
    """Return vectors of words that stand `least` times in training; they say only that two differ.

    Source: Bengio, Ducharme, Vincent and Jauvin (2003), A neural probabilistic language model, JMLR
    3, on what words as mere indices cannot tell.
    """
    return OneHot(least)


class OneHot(WordModel):
    """Words without more; their vectors are made when they are asked for.

    Args:
        least: times that a word must come to be known.
    """

    def __init__(self, least: int = 5):
        self.least = least

    def _learned(self, texts: list[list[str]], known: list[str]) -> Vectors:
        return Vectors(known, np.zeros((len(known), 0)))

    @property
    def _unit(self) -> Directions:
        return sparse.identity(len(self.vectors_.words), format="csr")
