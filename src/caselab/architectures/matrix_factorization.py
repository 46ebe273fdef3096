"""Matrix factorization with biases: ratings by a few factors of each user and item."""

from typing import Annotated, Self

import numpy as np
from pydantic import PositiveFloat, PositiveInt
from sklearn.base import BaseEstimator

from caselab.params.search import Between
from caselab.recommending.factorization import Factors, factorize
from caselab.recommending.interactions import UNKNOWN, Interactions, Queries
from caselab.recommending.recommenders import RatingPredictor


def recommendation(
    *,
    n_factors: Annotated[PositiveInt, Between(4, 64, log=True)] = 12,
    n_iterations: PositiveInt = 10,
    implicit_feedback: bool = False,
    penalty: Annotated[PositiveFloat, Between(0.5, 50.0, log=True)] = 5.0,
    random_state: int,
) -> RatingPredictor:
    """Learn biases and factors by variational Bayes.

    With `implicit_feedback` which items a user rated, whatever the rating, says what to expect of
    his factors, and who rated an item of its own, as in SVD++; `penalty` holds that back.

    Source: Koren, Bell and Volinsky (2009), Matrix factorization techniques for recommender
    systems, Computer; Lim and Teh (2007), Variational Bayesian approach to movie rating prediction;
    Koren (2008), Factorization meets the neighborhood, KDD (implicit feedback).
    """
    return RatingPredictor(
        BiasedFactors(n_factors, n_iterations, implicit_feedback, penalty, random_state)
    )


class BiasedFactors(BaseEstimator):
    """Biases and factors of users and items.

    Args:
        n_factors: beside the bias.
        n_iterations: of the closed forms; few are early stopping.
        implicit_feedback: whether interactions say what to expect.
        penalty: of the ridge regression from interactions to factors.
        random_state: of the factors at the start.
    """

    def __init__(
        self,
        n_factors: int = 12,
        n_iterations: int = 10,
        implicit_feedback: bool = False,
        penalty: float = 5.0,
        random_state: int = 0,
    ):
        self.n_factors = n_factors
        self.n_iterations = n_iterations
        self.implicit_feedback = implicit_feedback
        self.penalty = penalty
        self.random_state = random_state

    def fit(self, interactions: Interactions) -> Self:
        """Learn from ratings."""
        features = interactions.normalized() if self.implicit_feedback else (None, None)
        self.factors_: Factors = factorize(
            interactions.table(),
            interactions.table(interactions.rating).data,
            n_factors=self.n_factors,
            n_iterations=self.n_iterations,
            user_features=features[0],
            item_features=features[1],
            penalty=self.penalty,
            seed=self.random_state,
        ).of_attributes(0, 0)
        return self

    def rate(self, queries: Queries) -> np.ndarray:
        """Return ratings; who was never seen has neither bias nor factors."""
        user = np.where((queries.user == UNKNOWN)[:, None], 0, self.factors_.user[queries.user])
        item = np.where((queries.item == UNKNOWN)[:, None], 0, self.factors_.item[queries.item])
        return self.factors_.rate(user, item)
