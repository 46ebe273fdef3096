"""Gaussian mixture: each cluster is a normal distribution of its own shape."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Interval
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted, validate_data

from caselab.grouping.cluster_counts import chosen
from caselab.grouping.clusters import Clusters
from caselab.params.search import Between, OneOf

_ITERATIONS, _TOLERANCE = 50, 1e-2
"""Of the mean log-likelihood; steps beyond it move hardly a row from cluster to cluster."""


def clustering(
    *,
    n_clusters: PositiveInt | Literal["auto"] = "auto",
    covariance: Annotated[
        Literal["full", "tied", "diag", "spherical"], OneOf("full", "tied", "diag", "spherical")
    ] = "full",
    least: Annotated[int, Interval(ge=2)] = 2,
    most: Annotated[int, Interval(ge=2)] = 10,
    choose_by: Literal["silhouette", "gap"] = "silhouette",
    gap_references: NonNegativeInt = 2,
    n_init: PositiveInt = 3,
    reg_covar: Annotated[PositiveFloat, Between(1e-6, 0.1, log=True)] = 1e-3,
    random_state: int,
) -> "GaussianMixtureClusters":
    """Fit normal distributions by expectation maximization, the best of `n_init` starts.

    `covariance` says which shapes they may have, and `reg_covar` is added to their variances.
    `n_clusters` `auto` takes the number from `least` to `most` that has the highest mean
    silhouette, or with `choose_by: gap` the one that the gap statistic chooses; that is measured
    against `gap_references` uniform data sets.

    Source: Dempster, Laird and Rubin (1977), Maximum likelihood from incomplete data via the EM
    algorithm.
    """
    return GaussianMixtureClusters(
        n_clusters=n_clusters,
        covariance=covariance,
        least=least,
        most=most,
        choose_by=choose_by,
        gap_references=gap_references,
        n_init=n_init,
        reg_covar=reg_covar,
        random_state=random_state,
    )


class GaussianMixtureClusters(Clusters):
    """Normal distributions; a new row belongs to the one that most probably made it.

    Fitted: `mixture_`, and `numbers_`, the cluster of each of its distributions.
    """

    def __init__(
        self,
        *,
        n_clusters: int | Literal["auto"] = "auto",
        covariance: Literal["full", "tied", "diag", "spherical"] = "full",
        least: int = 2,
        most: int = 10,
        choose_by: Literal["silhouette", "gap"] = "silhouette",
        gap_references: int = 2,
        n_init: int = 3,
        reg_covar: float = 1e-3,
        random_state: int | None = None,
    ):
        self.n_clusters = n_clusters
        self.covariance = covariance
        self.least = least
        self.most = most
        self.choose_by = choose_by
        self.gap_references = gap_references
        self.n_init = n_init
        self.reg_covar = reg_covar
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Fit the distributions to the rows `(n_samples, n_features)`."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        count, selection = chosen(self, X)
        self.mixture_ = self._mixture(min(count, len(X)), self.n_init).fit(X)
        found = self.mixture_.predict(X)
        self._settle(X, found, selection)
        # A distribution that no training row belongs to is that of the cluster nearest to it.
        self.numbers_ = self._nearest(self.mixture_.means_)
        self.numbers_[found] = self.labels_
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the cluster of each row `(n_samples,)`: the most probable one."""
        check_is_fitted(self, "mixture_")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        numbers: np.ndarray = self.numbers_[self.mixture_.predict(X)]
        return numbers

    def _partitions(self, X: np.ndarray, counts: Sequence[int]) -> list[np.ndarray]:
        return [self._mixture(count, 1).fit_predict(X) for count in counts]

    def _mixture(self, count: int, n_init: int) -> GaussianMixture:
        return GaussianMixture(
            count,
            covariance_type=self.covariance,
            n_init=n_init,
            reg_covar=self.reg_covar,
            max_iter=_ITERATIONS,
            tol=_TOLERANCE,
            init_params="k-means++",
            random_state=self.random_state,
        )
