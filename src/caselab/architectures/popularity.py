"""Popularity: what most users take to, the same for all. Whatever learns tastes must beat it."""

from typing import Annotated, Self

import numpy as np
from pydantic import NonNegativeFloat
from sklearn.base import BaseEstimator

from caselab.params.search import Between
from caselab.recommending.biases import Biases
from caselab.recommending.interactions import Interactions, Queries
from caselab.recommending.recommenders import Ranker, RatingPredictor


def recommendation(
    *,
    user_damping: Annotated[NonNegativeFloat, Between(1.0, 50.0, log=True)] = 15.0,
    item_damping: Annotated[NonNegativeFloat, Between(1.0, 50.0, log=True)] = 10.0,
) -> RatingPredictor:
    """Answer with the mean rating and how far the user and the item deviate from it.

    Deviations are shrunk as if `user_damping` and `item_damping` more ratings had shown none.

    Source: Koren (2010), Factor in the neighbors, TKDD ("baseline estimates").
    """
    return RatingPredictor(Deviations(user_damping, item_damping))


def ranking() -> Ranker:
    """Rank items by how many users took to them.

    Source: Cremonesi, Koren and Turrin (2010), Performance of recommender algorithms on top-N
    recommendation tasks, RecSys ("TopPop").
    """
    return Ranker(Counts())


class Deviations(BaseEstimator):
    """Ratings by mean, user and item alone."""

    def __init__(self, user_damping: float = 15.0, item_damping: float = 10.0):
        self.user_damping = user_damping
        self.item_damping = item_damping

    def fit(self, interactions: Interactions) -> Self:
        """Learn deviations."""
        self.biases_ = Biases.of(interactions, self.user_damping, self.item_damping)
        return self

    def rate(self, queries: Queries) -> np.ndarray:
        """Return mean and deviations."""
        return self.biases_.rate(queries)


class Counts(BaseEstimator):
    """Items by how many users took to them."""

    def fit(self, interactions: Interactions) -> Self:
        """Count."""
        self.count_ = np.bincount(interactions.item, minlength=len(interactions.items)).astype(
            np.float64
        )
        return self

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return the counts, for every user alike."""
        return np.tile(self.count_, (len(user), 1))

    def likeness(self, item: np.ndarray) -> None:
        """Return None: no item is near to another."""
        return
