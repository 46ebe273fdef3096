"""Hybrid recommendation: matrix factorization with attributes of items and users."""

from typing import Annotated, Self

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from scipy.special import ndtr
from sklearn.base import BaseEstimator, clone

from caselab.params.search import Between
from caselab.recommending.factorization import Factors, factorize
from caselab.recommending.interactions import UNKNOWN, Interactions, Queries
from caselab.recommending.recommenders import Ranker, RatingPredictor
from caselab.recommending.weighted_factors import WeightedFactors


def recommendation(
    *,
    n_factors: Annotated[PositiveInt, Between(8, 64, log=True)] = 20,
    n_iterations: PositiveInt = 15,
    content_weight: Annotated[NonNegativeFloat, Between(0.0, 1.0)] = 0.3,
    penalty: Annotated[PositiveFloat, Between(1.0, 30.0, log=True)] = 5.0,
    random_state: int,
) -> RatingPredictor:
    """Expect biases and factors from attributes and interactions, then learn from ratings.

    Who was never seen is judged by attributes alone. `content_weight` scales attributes beside
    interactions; `penalty` holds both back.

    Source: Agarwal and Chen (2009), Regression-based latent factor models, KDD; Koren (2008),
    Factorization meets the neighborhood, KDD (interactions as features).
    """
    return RatingPredictor(
        ExpectedFactors(n_factors, n_iterations, content_weight, penalty, random_state)
    )


def ranking(
    *,
    n_factors: Annotated[PositiveInt, Between(8, 64, log=True)] = 24,
    regularization: Annotated[NonNegativeFloat, Between(0.1, 100.0, log=True)] = 10.0,
    alpha: Annotated[NonNegativeFloat, Between(0.5, 40.0, log=True)] = 2.0,
    content_weight: Annotated[NonNegativeFloat, Between(0.0, 1.0)] = 0.5,
    n_iterations: PositiveInt = 15,
    random_state: int,
) -> Ranker:
    """Score items by how likely a user gets to them times how likely he then likes them.

    For the first, interactions are factorized together with the attributes of items and users, at
    `content_weight` of an interaction's weight. For the second, the ratings that this
    file's other model predicts are held against the mean rating.

    Source: Singh and Gordon (2008), Relational learning via collective matrix factorization, KDD;
    Hu, Koren and Volinsky (2008), Collaborative filtering for implicit feedback datasets, ICDM;
    Steck (2013), Evaluation of recommendations: rating-prediction and ranking, RecSys (why both).
    """
    met = WeightedFactors(
        n_factors, regularization, alpha, n_iterations, content_weight, random_state
    )
    return Ranker(MetAndLiked(met, ExpectedFactors(random_state=random_state)))


class ExpectedFactors(BaseEstimator):
    """Biases and factors around what attributes and interactions let expect.

    Args:
        n_factors: beside the bias.
        n_iterations: of the closed forms; few are early stopping.
        content_weight: scale of attributes beside interactions.
        penalty: of the ridge regression from features to factors.
        random_state: of the factors at the start.
    """

    def __init__(
        self,
        n_factors: int = 20,
        n_iterations: int = 15,
        content_weight: float = 0.3,
        penalty: float = 5.0,
        random_state: int = 0,
    ):
        self.n_factors = n_factors
        self.n_iterations = n_iterations
        self.content_weight = content_weight
        self.penalty = penalty
        self.random_state = random_state

    def fit(self, interactions: Interactions) -> Self:
        """Learn from ratings, attributes and interactions."""
        of_users, of_items = interactions.normalized()
        user_attributes = self.content_weight * interactions.user_features
        item_attributes = self.content_weight * interactions.item_features
        factors = factorize(
            interactions.table(),
            interactions.table(interactions.rating).data,
            n_factors=self.n_factors,
            n_iterations=self.n_iterations,
            user_features=np.column_stack([user_attributes, of_users]),
            item_features=np.column_stack([item_attributes, of_items]),
            penalty=self.penalty,
            seed=self.random_state,
        )
        self.factors_: Factors = factors.of_attributes(
            user_attributes.shape[1], item_attributes.shape[1]
        )
        return self

    def rate(self, queries: Queries) -> np.ndarray:
        """Return ratings; who was never seen has the factors that attributes let expect."""
        factors = self.factors_
        user, item = factors.user[queries.user], factors.item[queries.item]
        new_user, new_item = queries.user == UNKNOWN, queries.item == UNKNOWN
        attributes = self.content_weight * queries.user_features[new_user]
        user[new_user] = attributes @ factors.user_weights
        attributes = self.content_weight * queries.item_features[new_item]
        item[new_item] = attributes @ factors.item_weights
        return factors.rate(user, item)


class MetAndLiked(BaseEstimator):
    """Both halves of a recommendation.

    Args:
        met: scores items by how likely they are met.
        liked: predicts ratings.
    """

    def __init__(self, met: WeightedFactors, liked: ExpectedFactors):
        self.met = met
        self.liked = liked

    def fit(self, interactions: Interactions) -> Self:
        """Learn both from the same interactions."""
        self.met_ = clone(self.met).fit(interactions)
        self.liked_ = clone(self.liked).fit(interactions)
        factors = self.liked_.factors_
        rated = factors.rate(factors.user[interactions.user], factors.item[interactions.item])
        self.noise_ = max(float(np.std(interactions.rating - rated)), 1e-6)
        return self

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return the score of meeting times the chance of a rating above the mean."""
        factors = self.liked_.factors_
        above = factors.user[user, :1] + factors.item[:, 0]
        above += factors.user[user, 1:] @ factors.item[:, 1:].T  # (n_queries, n_items)
        return np.maximum(self.met_.scores(user), 0) * ndtr(above / self.noise_)

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return cosines of the factors of items that are met, `(n_queries, n_items)`."""
        return self.met_.likeness(item)
