"""Biases: how far users and items deviate from the mean rating, shrunk where ratings are few.

Koren (2010), Factor in the neighbors: scalable and accurate collaborative filtering, TKDD, "baseline
estimates".
"""

from dataclasses import dataclass

import numpy as np

from caselab.recommending.interactions import UNKNOWN, Asked, Interactions


@dataclass(frozen=True)
class Biases:
    """The mean rating, and each user's and item's distance from it."""

    mean: float
    user: np.ndarray  # (n_users,)
    item: np.ndarray  # (n_items,)

    @classmethod
    def of(
        cls, met: Interactions, user_damping: float, item_damping: float, n_iterations: int = 10
    ) -> "Biases":
        """Learn items' and users' deviations in turn, each as if `damping` ratings had none."""
        mean = float(met.rating.mean())
        n_users, n_items = met.shape
        user, item = np.zeros(n_users), np.zeros(n_items)
        of_users = np.bincount(met.user, minlength=n_users) + user_damping
        of_items = np.bincount(met.item, minlength=n_items) + item_damping
        for _ in range(n_iterations):
            left = met.rating - mean - user[met.user]
            item = np.bincount(met.item, left, n_items) / of_items
            left = met.rating - mean - item[met.item]
            user = np.bincount(met.user, left, n_users) / of_users
        return cls(mean, user, item)

    def rate(self, asked: Asked) -> np.ndarray:
        """Return mean and deviations of each question; who was never seen has none."""
        user = np.where(asked.user == UNKNOWN, 0, self.user[asked.user])
        item = np.where(asked.item == UNKNOWN, 0, self.item[asked.item])
        return self.mean + user + item

    def residuals(self, met: Interactions) -> np.ndarray:
        """Return what the deviations leave of the ratings learned from, `(n_samples,)`."""
        return met.rating - self.mean - self.user[met.user] - self.item[met.item]
