"""Nearest neighbours: users who rated alike, or items that were rated alike."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from scipy import sparse
from sklearn.base import BaseEstimator

from caselab.params.search import Between
from caselab.recommending.biases import Biases
from caselab.recommending.interactions import UNKNOWN, Interactions, Queries
from caselab.recommending.recommenders import Ranker, RatingPredictor

Kind = Literal["user", "item"]


def recommendation(
    *,
    neighbours: Kind = "item",
    n_neighbors: Annotated[PositiveInt, Between(10, 300, log=True)] = 40,
    shrinkage: Annotated[NonNegativeFloat, Between(1.0, 500.0, log=True)] = 100.0,
    damping: NonNegativeFloat = 1.0,
) -> RatingPredictor:
    """Add to the baseline estimate what neighbours deviate from theirs, weighted by similarity.

    Source: Koren (2010), Factor in the neighbors, TKDD (`shrinkage` is its lambda 2).
    """
    return RatingPredictor(RatingNeighbours(neighbours, n_neighbors, shrinkage, damping))


def ranking(
    *,
    neighbours: Kind = "item",
    n_neighbors: Annotated[PositiveInt, Between(10, 300, log=True)] = 200,
    shrinkage: Annotated[NonNegativeFloat, Between(1.0, 500.0, log=True)] = 10.0,
    exponent: PositiveFloat = 1.0,
) -> Ranker:
    """Score items by their similarity to the user's own, or by how similar users took to them.

    Source: Deshpande and Karypis (2004), Item-based top-N recommendation algorithms, TOIS; Aiolli
    (2013), Efficient top-N recommendation for very large scale binary rated datasets (`exponent`).
    """
    return Ranker(RankingNeighbours(neighbours, n_neighbors, shrinkage, exponent))


class RatingNeighbours(BaseEstimator):
    """Weighted deviations of the most similar users, or of the user's most similar items.

    Args:
        neighbours: `user` or `item`.
        n_neighbors: most that count.
        shrinkage: ratings in common at which a correlation counts half.
        damping: similarity that speaks for no deviation, so that few weak neighbours say little.
    """

    def __init__(
        self,
        neighbours: str = "item",
        n_neighbors: int = 40,
        shrinkage: float = 100.0,
        damping: float = 1.0,
    ):
        self.neighbours = neighbours
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.damping = damping

    def fit(self, interactions: Interactions) -> Self:
        """Correlate deviations from the baseline estimates."""
        self.biases_ = Biases.of(interactions, 15.0, 10.0)
        left = interactions.table(self.biases_.residuals(interactions))
        ones = interactions.table()
        # One row for each of those that are compared: (n_compared, n_others).
        left, ones = (left, ones) if self.neighbours == "user" else (left.T, ones.T)
        products = (left @ left.T).toarray()
        squares = (left.multiply(left) @ ones.T).toarray()
        both = (ones @ ones.T).toarray()
        correlation = products / np.sqrt(np.maximum(squares * squares.T, 1e-12))
        self.similarity_ = correlation * both / (both + self.shrinkage)
        np.fill_diagonal(self.similarity_, 0)
        order = np.argsort(
            interactions.item if self.neighbours == "user" else interactions.user, kind="stable"
        )
        other, compared = (
            (interactions.item, interactions.user)
            if self.neighbours == "user"
            else (interactions.user, interactions.item)
        )
        self.start_ = np.searchsorted(other[order], np.arange(left.shape[1] + 1))
        self.compared_ = compared[order]
        self.left_ = self.biases_.residuals(interactions)[order]
        return self

    def rate(self, queries: Queries) -> np.ndarray:
        """Return the baseline estimate and what neighbours add to it."""
        rating = self.biases_.rate(queries)
        compared, other = queries.item, queries.user
        if self.neighbours == "user":
            compared, other = queries.user, queries.item
        known = (compared != UNKNOWN) & (other != UNKNOWN)
        for number in np.unique(other[known]):
            rows = np.flatnonzero(known & (other == number))
            mine = slice(self.start_[number], self.start_[number + 1])
            rating[rows] += self._added(compared[rows], self.compared_[mine], self.left_[mine])
        return rating

    def _added(self, compared: np.ndarray, rated: np.ndarray, left: np.ndarray) -> np.ndarray:
        """Return what each of the compared gets from those that are rated, `(n_compared,)`."""
        weight = np.maximum(self.similarity_[np.ix_(compared, rated)], 0)
        if weight.shape[1] > self.n_neighbors:
            least = -np.partition(-weight, self.n_neighbors - 1, axis=1)[:, self.n_neighbors - 1]
            weight = np.where(weight >= least[:, None], weight, 0)
        return weight @ left / (weight.sum(axis=1) + self.damping)


class RankingNeighbours(BaseEstimator):
    """Cosines of interactions, between items or between users.

    Args:
        neighbours: `user` or `item`.
        n_neighbors: most similar ones that are kept for each.
        shrinkage: added to the product of norms.
        exponent: of the similarity; above 1 the nearest count more.
    """

    def __init__(
        self,
        neighbours: str = "item",
        n_neighbors: int = 200,
        shrinkage: float = 10.0,
        exponent: float = 1.0,
    ):
        self.neighbours = neighbours
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.exponent = exponent

    def fit(self, interactions: Interactions) -> Self:
        """Compare, and keep the nearest."""
        ones = interactions.table()
        self.by_item_ = self._nearest(ones.T.tocsr())
        if self.neighbours == "item":
            self.scores_ = ones @ self.by_item_
        else:
            self.scores_ = (ones.T @ self._nearest(ones).T).T
        return self

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return summed similarities, `(n_queries, n_items)`."""
        return self.scores_[user]

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return the similarity of items, `(n_queries, n_items)`."""
        return self.by_item_[:, item].T

    def _nearest(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Return how much each row has to say for each other, `(n_rows, n_rows)`."""
        both = (rows @ rows.T).toarray()
        norm = np.sqrt(both.diagonal())
        similarity = (both / (np.outer(norm, norm) + self.shrinkage)) ** self.exponent
        np.fill_diagonal(similarity, 0)
        if len(similarity) > self.n_neighbors:
            least = np.partition(similarity, -self.n_neighbors, axis=1)[:, -self.n_neighbors]
            similarity = np.where(similarity >= least[:, None], similarity, 0)
        return similarity.T if self.neighbours == "item" else similarity
