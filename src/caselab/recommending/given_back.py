"""Rows of interactions, one a user or one an item, given back without gaps by an autoencoder."""

from collections.abc import Mapping
from typing import Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from torch import Tensor

from caselab.learning.estimators import LightningAutoencoder, Network
from caselab.learning.training import Training
from caselab.recommending.interactions import Interactions

HIDDEN_PART = 5
"""Of each row that is held out each fifth interaction is hidden, and is what it is judged by."""
_ROWS_AT_ONCE = 2000


class GivenBack(BaseEstimator):
    """An autoencoder of rows `(2, n_places)` of interactions.

    A row holds a value of each interaction, 0 where there is none, and below it 1 where there is one.

    Args:
        network: builds the module, which has `encode` and `decode`, the latter to `(n_places,)`.
        options: further keyword arguments of `network`.
        rows: of whom; the places are of the other side.
        training: the settings of its training.
        random_state: of all that is random.
    """

    def __init__(
        self,
        network: Network,
        options: Mapping[str, object] | None = None,
        rows: Literal["items", "users"] = "users",
        training: Training = Training(),
        random_state: int = 0,
    ):
        self.network = network
        self.options = options
        self.rows = rows
        self.training = training
        self.random_state = random_state

    def fit(self, interactions: Interactions, values: np.ndarray) -> Self:
        """Train on interactions with their values, `(n_samples,)`."""
        self.interactions_, self.values_ = interactions, values.astype(np.float32)
        n_rows = len(interactions.items if self.rows == "items" else interactions.users)
        # They are no rows of the session, whose groups and times are those of interactions
        self.network_ = LightningAutoencoder(
            self.network, self.options, self.training, self.random_state
        ).fit(self.shown(np.arange(n_rows)), groups=np.arange(n_rows))
        return self

    @property
    def history_(self) -> list[dict[str, float]]:
        """What was measured after each epoch."""
        return self.network_.history_

    def shown(self, numbers: np.ndarray) -> np.ndarray:
        """Return the rows of these numbers as the network reads them, `(n_rows, 2, n_places)`."""
        tables = [self.interactions_.table(self.values_), self.interactions_.table()]
        if self.rows == "items":
            tables = [table.T.tocsr() for table in tables]
        return np.stack([table[numbers].toarray() for table in tables], 1).astype(np.float32)

    def whole(self, numbers: np.ndarray) -> np.ndarray:
        """Return what the network gives back of the rows of these numbers, `(n_rows, n_places)`."""
        starts = range(0, len(numbers), _ROWS_AT_ONCE)
        codes = [
            self.network_.transform(self.shown(numbers[start : start + _ROWS_AT_ONCE]))
            for start in starts
        ]
        return self.network_.inverse_transform(np.concatenate(codes))


def hidden_part(known: Tensor) -> Tensor:
    """Return 1 for each fifth interaction of rows `(batch, n_places)`, and 0 elsewhere."""
    return known * (known.cumsum(1) % HIDDEN_PART == 0)
