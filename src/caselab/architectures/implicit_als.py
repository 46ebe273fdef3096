"""Factors of who met what, by alternating least squares with weights (the library `implicit`)."""

from typing import Self

import numpy as np
from pydantic import NonNegativeFloat, PositiveInt
from sklearn.base import BaseEstimator

from caselab.learning.interactions import Interactions
from caselab.learning.recommenders import Ranker


def ranking(
    *,
    n_factors: PositiveInt = 24,
    regularization: NonNegativeFloat = 10.0,
    alpha: NonNegativeFloat = 2.0,
    n_iterations: PositiveInt = 15,
    random_state: int,
) -> Ranker:
    """Factorize who met what; what was not met counts too, with the least weight.

    Source: Hu, Koren and Volinsky (2008), Collaborative filtering for implicit feedback datasets,
    ICDM.
    """
    return Ranker(WeightedFactors(n_factors, regularization, alpha, n_iterations, random_state))


class WeightedFactors(BaseEstimator):
    """Factors of users and items.

    Args:
        n_factors: of each.
        regularization: of their squares.
        alpha: what a meeting weighs more than none, times the rating over the mean rating.
        n_iterations: of the closed forms.
        random_state: of the factors at the start.
    """

    def __init__(
        self,
        n_factors: int = 24,
        regularization: float = 10.0,
        alpha: float = 2.0,
        n_iterations: int = 15,
        random_state: int = 0,
    ):
        self.n_factors = n_factors
        self.regularization = regularization
        self.alpha = alpha
        self.n_iterations = n_iterations
        self.random_state = random_state

    def fit(self, met: Interactions) -> Self:
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
        weight = met.rating / met.rating.mean()
        model.fit(met.table(weight).astype(np.float32), show_progress=False)
        self.users_ = np.asarray(model.user_factors)
        self.items_ = np.asarray(model.item_factors)
        return self

    def scores(self, user: np.ndarray) -> np.ndarray:
        """Return products of factors, `(n_asked, n_items)`."""
        return self.users_[user] @ self.items_.T

    def likeness(self, item: np.ndarray) -> np.ndarray:
        """Return cosines of items' factors, `(n_asked, n_items)`."""
        unit = self.items_ / np.maximum(np.linalg.norm(self.items_, axis=1, keepdims=True), 1e-12)
        return unit[item] @ unit.T
