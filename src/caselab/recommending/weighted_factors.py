"""Weighted factors of interactions, by alternating least squares (the library `implicit`).

Pairs without interaction count too, with the least weight (Hu, Koren and Volinsky, 2008). An
attribute is one more user who took to all items that have it, or one more item that all users who
have it took to (Singh and Gordon, 2008).
"""

from typing import Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator

from caselab.recommending.interactions import Interactions


class WeightedFactors(BaseEstimator):
    """Factors of users and items, and of their attributes beside them where these weigh anything.

    Args:
        n_factors: of each.
        regularization: of their squares.
        alpha: what an interaction of the mean rating weighs, where none weighs 1; others by their rating.
        n_iterations: of the closed forms.
        content_weight: what an attribute weighs, as a share of an interaction; 0 leaves attributes out.
        random_state: of the factors at the start.
    """

    def __init__(
        self,
        n_factors: int = 24,
        regularization: float = 10.0,
        alpha: float = 2.0,
        n_iterations: int = 15,
        content_weight: float = 0.0,
        random_state: int = 0,
    ):
        self.n_factors = n_factors
        self.regularization = regularization
        self.alpha = alpha
        self.n_iterations = n_iterations
        self.content_weight = content_weight
        self.random_state = random_state

    def fit(self, interactions: Interactions) -> Self:
        """Learn on one thread, as more add up in another order each time."""
        from implicit.cpu.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(
            factors=self.n_factors,
            regularization=self.regularization,
            alpha=self.alpha,
            iterations=self.n_iterations,
            num_threads=1,
            random_state=self.random_state,
        )
        model.fit(self._table(interactions).astype(np.float32), show_progress=False)
        n_users, n_items = interactions.shape
        self.users_ = np.asarray(model.user_factors)[:n_users]
        self.items_ = np.asarray(model.item_factors)[:n_items]
        return self

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return products of factors, `(n_queries, n_items)`."""
        return self.users_[user] @ self.items_.T

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return cosines of items' factors, `(n_queries, n_items)`."""
        unit = self.items_ / np.maximum(np.linalg.norm(self.items_, axis=1, keepdims=True), 1e-12)
        return unit[item] @ unit.T

    def _table(self, interactions: Interactions) -> sparse.csr_matrix:
        """Return what is factorized: interactions, with one more row and column an attribute."""
        weights = interactions.table(interactions.rating / interactions.rating.mean())
        if self.content_weight == 0:
            return weights
        item_attributes = sparse.csr_matrix(
            self.content_weight * np.maximum(interactions.item_features, 0)
        )
        user_attributes = sparse.csr_matrix(
            self.content_weight * np.maximum(interactions.user_features, 0)
        )
        return sparse.bmat([[weights, user_attributes], [item_attributes.T, None]]).tocsr()
