"""A network that tells the cells of a table, each by its row and its column."""

from __future__ import annotations

from typing import Self

import numpy as np

from caselab.learning.estimators.base import LightningEstimator
from caselab.learning.objectives import Own
from caselab.learning.validation import Split


class LightningCells(LightningEstimator):
    """A network whose `objective` is given numbers of rows and columns, and what stands in the cells.

    Its batches hold ids (batch, 2) and values (batch, 1). What it has learned of rows and columns is
    in its weights.
    """

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn from rows and columns (n_cells, 2), and the cells' values (n_cells,)."""
        ids = self._checked(X, reset=True)
        values = np.asarray(y, dtype=np.float32).reshape(-1, 1)
        self._learn(ids, values, objective=Own(), split=Split(), n_outputs=1)
        return self
