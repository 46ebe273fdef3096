"""Biased matrix factorization by variational Bayes, with attributes that say what to expect.

    rating = mean + b_u + c_i + p_u . q_i + noise

Each user's (b, p) and each item's (c, q) is normal around an expectation that is linear in the
features of that user or item, zero where there are none. Every half step is a closed form; how
widely factors spread and how loud the noise is are learned with them, so that no penalty has to be
tuned (Lim and Teh, 2007, Variational Bayesian approach to movie rating prediction; Agarwal and
Chen, 2009, Regression-based latent factor models; the biases are those of Koren, Bell and Volinsky,
2009, Matrix factorization techniques for recommender systems).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Factors:
    """What was learned; the first column is the bias, the others are factors."""

    mean: float
    user: np.ndarray  # (n_users, 1 + n_factors)
    item: np.ndarray  # (n_items, 1 + n_factors)
    user_weights: np.ndarray  # (n_user_features, 1 + n_factors), what a feature lets expect
    item_weights: np.ndarray  # (n_item_features, 1 + n_factors)

    def of_attributes(self, n_user: int, n_item: int) -> Factors:
        """Return what is needed to answer: of the features only the first have a weight."""
        return replace(
            self, user_weights=self.user_weights[:n_user], item_weights=self.item_weights[:n_item]
        )

    def rate(self, user: np.ndarray, item: np.ndarray) -> np.ndarray:
        """Return ratings of rows of users and items, both `(n_samples, 1 + n_factors)`."""
        product = np.einsum("nk,nk->n", user[:, 1:], item[:, 1:])
        return self.mean + user[:, 0] + item[:, 0] + product


@dataclass
class Side:
    """The users, or the items: mean and covariance of each, and what was expected of it."""

    mean: np.ndarray  # (n, 1 + n_factors)
    covariance: np.ndarray  # (n, 1 + n_factors, 1 + n_factors)
    precision: np.ndarray  # (1 + n_factors,), around the expectation
    features: np.ndarray  # (n, n_features)
    solver: np.ndarray  # (n, n), from means to the dual weights of a ridge regression

    @classmethod
    def start(
        cls,
        n: int,
        n_factors: int,
        features: np.ndarray,
        penalty: float,
        random: np.random.Generator,
    ) -> Side:
        """Return small random factors and no bias."""
        mean = np.zeros((n, 1 + n_factors))
        mean[:, 1:] = 0.3 * random.normal(size=(n, n_factors))
        covariance = np.broadcast_to(
            0.01 * np.eye(1 + n_factors), (n, 1 + n_factors, 1 + n_factors)
        )
        solver = np.zeros((0, n))
        if features.shape[1]:
            solver = np.linalg.inv(features @ features.T + penalty * np.eye(n))
        return cls(mean, covariance, np.full(1 + n_factors, 5.0), features, solver)

    @property
    def slope(self) -> np.ndarray:
        """What the other side's bias and factors are multiplied by: 1 and the factors."""
        return np.column_stack([np.ones(len(self.mean)), self.mean[:, 1:]])

    @property
    def of_slopes(self) -> np.ndarray:
        """The expectation of slope times slope, `(n, 1 + n_factors, 1 + n_factors)`."""
        slope = self.slope
        products = slope[:, :, None] * slope[:, None, :]
        products[:, 1:, 1:] += self.covariance[:, 1:, 1:]
        return products

    def weights(self) -> np.ndarray:
        """Return what each feature lets expect, `(n_features, 1 + n_factors)`."""
        if not self.features.shape[1]:
            return np.zeros((0, self.mean.shape[1]))
        return self.features.T @ (self.solver @ self.mean)

    def update(
        self, rated: sparse.csr_matrix, rating: sparse.csr_matrix, other: Side, noise: float
    ) -> None:
        """Learn each mean and covariance from the ratings and the other side.

        `rated` is 1 where there is a rating and `rating` its distance from the mean, both (n, n_other).
        """
        expected = self.features @ self.weights()  # zeros without features
        bias, width = other.mean[:, :1], other.mean.shape[1]
        of_bias = bias * other.slope  # E[bias * slope]
        of_bias[:, 1:] += other.covariance[:, 0, 1:]
        precision = noise * (rated @ other.of_slopes.reshape(len(bias), -1))
        precision = precision.reshape(-1, width, width)
        diagonal = np.arange(width)
        precision[:, diagonal, diagonal] += self.precision
        target = noise * (rating @ other.slope - rated @ of_bias) + self.precision * expected
        self.covariance = np.linalg.inv(precision)
        self.mean = np.einsum("nij,nj->ni", self.covariance, target)
        expected = self.features @ self.weights()
        spread = ((self.mean - expected) ** 2).sum(axis=0)
        spread += self.covariance[:, diagonal, diagonal].sum(axis=0)
        self.precision = len(self.mean) / spread


def factorize(
    rated: sparse.csr_matrix,
    rating: np.ndarray,
    *,
    n_factors: int,
    n_iterations: int,
    user_features: np.ndarray | None = None,
    item_features: np.ndarray | None = None,
    penalty: float = 5.0,
    seed: int,
) -> Factors:
    """Learn factors from ratings.

    Args:
        rated: (n_users, n_items), 1 where there is a rating.
        rating: (n_ratings,), in the order of `rated.data`.
        n_factors: beside the bias.
        n_iterations: each updates all users, all items and the noise.
        user_features: (n_users, n_user_features).
        item_features: (n_items, n_item_features).
        penalty: of the ridge regression from features to factors.
        seed: of the factors at the start.
    """
    random = np.random.default_rng(seed)
    n_users, n_items = rated.shape
    none = np.zeros((n_users, 0)), np.zeros((n_items, 0))
    users, items = (
        Side.start(n, n_factors, empty if given is None else given, penalty, random)
        for n, given, empty in zip(rated.shape, (user_features, item_features), none, strict=True)
    )
    mean, noise = float(rating.mean()), 1.0 / float(rating.var() or 1.0)
    of_users = sparse.csr_matrix((rating - mean, rated.indices, rated.indptr), shape=rated.shape)
    rated_of_items, of_items = rated.T.tocsr(), of_users.T.tocsr()
    user = np.repeat(np.arange(n_users), np.diff(rated.indptr))
    for _ in range(n_iterations):
        users.update(rated, of_users, items, noise)
        items.update(rated_of_items, of_items, users, noise)
        noise = len(rating) / _squared_error(rated, user, rating - mean, users, items)
    return Factors(mean, users.mean, items.mean, users.weights(), items.weights())


def _squared_error(
    rated: sparse.csr_matrix, user: np.ndarray, rating: np.ndarray, users: Side, items: Side
) -> float:
    """Return the expected sum of squared errors: of the means, and what their covariances add."""
    x, z = users.mean[user], items.mean[rated.indices]
    error = rating - x[:, 0] - z[:, 0] - np.einsum("nk,nk->n", x[:, 1:], z[:, 1:])
    slope = users.slope
    of_users = (slope[:, :, None] * slope[:, None, :]).reshape(len(slope), -1)
    of_items = items.of_slopes.reshape(len(items.mean), -1)
    total = float(np.sum(error**2))
    total += float(np.sum(users.covariance.reshape(len(slope), -1) * (rated @ of_items)))
    total += float(np.sum(items.covariance.reshape(len(of_items), -1) * (rated.T @ of_users)))
    return total
