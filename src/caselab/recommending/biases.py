"""Biases: how far users and items deviate from the mean rating, shrunk where ratings are few.

Koren (2010), Factor in the neighbors: scalable and accurate collaborative filtering, TKDD, "baseline
estimates".
"""

from dataclasses import dataclass

import numpy as np

from caselab.recommending.interactions import UNKNOWN, Interactions, Queries


@dataclass(frozen=True)
class Biases:
    """The mean rating, and each user's and item's distance from it."""

    mean: float
    user: np.ndarray  # (n_users,)
    item: np.ndarray  # (n_items,)

    @classmethod
    def of(
        cls,
        interactions: Interactions,
        user_damping: float,
        item_damping: float,
        n_iterations: int = 10,
    ) -> "Biases":
        """Learn items' and users' deviations in turn, each as if `damping` ratings had none."""
        mean = float(interactions.rating.mean())
        n_users, n_items = interactions.shape
        user, item = np.zeros(n_users), np.zeros(n_items)
        of_users = np.bincount(interactions.user, minlength=n_users) + user_damping
        of_items = np.bincount(interactions.item, minlength=n_items) + item_damping
        for _ in range(n_iterations):
            left = interactions.rating - mean - user[interactions.user]
            item = np.bincount(interactions.item, left, n_items) / of_items
            left = interactions.rating - mean - item[interactions.item]
            user = np.bincount(interactions.user, left, n_users) / of_users
        return cls(mean, user, item)

    def rate(self, queries: Queries) -> np.ndarray:
        """Return mean and deviations of each question; who was never seen has none."""
        user = np.where(queries.user == UNKNOWN, 0, self.user[queries.user])
        item = np.where(queries.item == UNKNOWN, 0, self.item[queries.item])
        return self.mean + user + item

    def residuals(self, interactions: Interactions) -> np.ndarray:
        """Return what the deviations leave of the ratings learned from, `(n_samples,)`."""
        return (
            interactions.rating
            - self.mean
            - self.user[interactions.user]
            - self.item[interactions.item]
        )
