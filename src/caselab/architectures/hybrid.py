"""Hybrid recommendation: matrix factorization with attributes of items and users."""

from typing import Self

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from scipy.special import ndtr
from sklearn.base import BaseEstimator, clone

from caselab.recommending.factorization import Factors, factorize
from caselab.recommending.interactions import UNKNOWN, Asked, Interactions
from caselab.recommending.recommenders import Ranker, RatingPredictor
from caselab.recommending.weighted_factors import WeightedFactors


def recommendation(
    *,
    n_factors: PositiveInt = 20,
    n_iterations: PositiveInt = 15,
    content_weight: NonNegativeFloat = 0.3,
    penalty: PositiveFloat = 5.0,
    random_state: int,
) -> RatingPredictor:
    """Expect biases and factors from attributes and from who met what, then learn from ratings.

    Who was never seen is judged by attributes alone. `content_weight` scales attributes beside who
    met what; `penalty` holds both back.

    Source: Agarwal and Chen (2009), Regression-based latent factor models, KDD; Koren (2008),
    Factorization meets the neighborhood, KDD (who met what).
    """
    return RatingPredictor(
        ExpectedFactors(n_factors, n_iterations, content_weight, penalty, random_state)
    )


def ranking(
    *,
    n_factors: PositiveInt = 24,
    regularization: NonNegativeFloat = 10.0,
    alpha: NonNegativeFloat = 2.0,
    content_weight: NonNegativeFloat = 0.5,
    n_iterations: PositiveInt = 15,
    random_state: int,
) -> Ranker:
    """Score items by how likely they are met times how likely they are then liked.

    For the first, who met what is factorized together with the attributes of items and users, at
    `content_weight` of a meeting's weight. For the second, the ratings that this
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
        content_weight: scale of attributes beside who met what.
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

    def fit(self, met: Interactions) -> Self:
        """Learn from ratings, attributes and interactions."""
        of_users, of_items = met.normalized()
        told_users = self.content_weight * met.user_features
        told_items = self.content_weight * met.item_features
        factors = factorize(
            met.table(),
            met.table(met.rating).data,
            n_factors=self.n_factors,
            n_iterations=self.n_iterations,
            user_features=np.column_stack([told_users, of_users]),
            item_features=np.column_stack([told_items, of_items]),
            penalty=self.penalty,
            seed=self.random_state,
        )
        self.factors_: Factors = factors.of_attributes(told_users.shape[1], told_items.shape[1])
        return self

    def rate(self, asked: Asked) -> np.ndarray:
        """Return ratings; who was never seen has the factors that attributes let expect."""
        factors = self.factors_
        user, item = factors.user[asked.user], factors.item[asked.item]
        new_user, new_item = asked.user == UNKNOWN, asked.item == UNKNOWN
        told = self.content_weight * asked.user_features[new_user]
        user[new_user] = told @ factors.user_weights
        told = self.content_weight * asked.item_features[new_item]
        item[new_item] = told @ factors.item_weights
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

    def fit(self, met: Interactions) -> Self:
        """Learn both from the same interactions."""
        self.met_ = clone(self.met).fit(met)
        self.liked_ = clone(self.liked).fit(met)
        factors = self.liked_.factors_
        rated = factors.rate(factors.user[met.user], factors.item[met.item])
        self.noise_ = max(float(np.std(met.rating - rated)), 1e-6)
        return self

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return the score of meeting times the chance of a rating above the mean."""
        factors = self.liked_.factors_
        above = factors.user[user, :1] + factors.item[:, 0]
        above += factors.user[user, 1:] @ factors.item[:, 1:].T  # (n_asked, n_items)
        return np.maximum(self.met_.scores(user), 0) * ndtr(above / self.noise_)

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return cosines of the factors of items that are met, `(n_asked, n_items)`."""
        return self.met_.likeness(item)
