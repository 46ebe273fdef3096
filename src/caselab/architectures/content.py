"""Content-based recommendation: genres and year of items, weighed anew for each user."""

from typing import Annotated, Self

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat
from sklearn.base import BaseEstimator

from caselab.params.search import Between
from caselab.recommending.interactions import UNKNOWN, Interactions, Queries
from caselab.recommending.recommenders import Ranker, RatingPredictor


def recommendation(
    *, penalty: Annotated[PositiveFloat, Between(0.1, 100.0, log=True)] = 10.0
) -> RatingPredictor:
    """Regress ratings on the attributes of items, each user around what holds for all.

    It knows no item by name, so it answers for one never seen as well as for any.

    Source: Pazzani and Billsus (2007), Content-based recommendation systems, in The Adaptive Web.
    """
    return RatingPredictor(Profiles(penalty))


def ranking(*, prior: Annotated[NonNegativeFloat, Between(0.1, 100.0, log=True)] = 1.0) -> Ranker:
    """Rank items by how near their attributes are to those of what the user liked.

    Source: Lops, de Gemmis and Semeraro (2011), Content-based recommender systems, in Recommender
    Systems Handbook.
    """
    return Ranker(Nearness(prior))


class Profiles(BaseEstimator):
    """Ridge regression on items' attributes, for all users together and then for each.

    Args:
        penalty: how strongly a user's weights are drawn to those of all.
    """

    def __init__(self, penalty: float = 10.0):
        self.penalty = penalty

    def fit(self, interactions: Interactions) -> Self:
        """Solve for the weights of all, and for each user's distance from them."""
        features = _with_one(interactions.item_features)
        width = features.shape[1]
        x = features[interactions.item]
        self.common_ = np.linalg.solve(x.T @ x + 1e-3 * np.eye(width), x.T @ interactions.rating)
        left = interactions.table(interactions.rating - x @ self.common_)
        squares = (features[:, :, None] * features[:, None, :]).reshape(len(features), -1)
        gram = (interactions.table() @ squares).reshape(-1, width, width) + self.penalty * np.eye(
            width
        )
        self.own_ = np.linalg.solve(gram, (left @ features)[..., None])[..., 0]
        return self

    def rate(self, queries: Queries) -> np.ndarray:
        """Return ratings by the user's own weights, or by those of all."""
        own = np.where((queries.user == UNKNOWN)[:, None], 0, self.own_[queries.user])
        return np.einsum("nk,nk->n", self.common_ + own, _with_one(queries.item_features))


class Nearness(BaseEstimator):
    """Cosine of items' attributes and the mean of those that a user liked.

    Args:
        prior: how many items of average attributes every user is taken to have liked too.
    """

    def __init__(self, prior: float = 1.0):
        self.prior = prior

    def fit(self, interactions: Interactions) -> Self:
        """Gather what each user liked more than his own mean, and less."""
        count = np.maximum(np.bincount(interactions.user, minlength=len(interactions.users)), 1)
        own_mean = (
            np.bincount(interactions.user, interactions.rating, len(interactions.users)) / count
        )
        spread = interactions.rating.std() or 1.0
        weight = 1 + (interactions.rating - own_mean[interactions.user]) / (2 * spread)
        features = _with_one(interactions.item_features)
        usual = features.mean(axis=0)
        self.items_ = _unit(features / np.sqrt(np.abs(features).mean(axis=0) + 1e-9))
        liked = interactions.table(np.maximum(weight, 0))
        self.users_ = _unit(liked @ self.items_ + self.prior * _unit(usual[None]))
        return self

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return cosines `(n_queries, n_items)`."""
        return self.users_[user] @ self.items_.T

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return cosines of items, `(n_queries, n_items)`."""
        return self.items_[item] @ self.items_.T


def _with_one(features: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(features)), features])


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
