"""Local outlier factor: a row is odd where its neighbours lie much closer to each other than to it."""

from typing import Annotated, Any

from pydantic import PositiveInt
from sklearn.neighbors import KDTree, LocalOutlierFactor

from caselab.grouping.detectors import Detector
from caselab.params.search import Between


def anomalies(
    *,
    n_neighbors: Annotated[PositiveInt, Between(5, 200, log=True)] = 20,
    random_state: int,
    n_jobs: int,
) -> Detector:
    """Compare the density around each row with that around its `n_neighbors` nearest.

    Source: Breunig, Kriegel, Ng and Sander (2000), LOF: identifying density-based local outliers,
    SIGMOD.
    """
    return Detector(LocalDensity(n_neighbors=n_neighbors, n_jobs=n_jobs), random_state)


class LocalDensity(LocalOutlierFactor):
    """Local outlier factor of new rows, which is stored without its tree.

    The tree follows from the rows, and its bytes do not repeat.

    Args:
        n_neighbors: rows that are compared.
        n_jobs: threads that look for them.
    """

    def __init__(self, n_neighbors: int = 20, n_jobs: int | None = None):
        super().__init__(n_neighbors, algorithm="kd_tree", novelty=True, n_jobs=n_jobs)

    def __getstate__(self) -> dict[str, Any]:
        return {name: part for name, part in super().__getstate__().items() if name != "_tree"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "_fit_X"):
            self._tree = KDTree(self._fit_X, self.leaf_size)
