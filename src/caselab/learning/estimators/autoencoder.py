"""A network that gives back what it is given."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from caselab.learning import losses
from caselab.learning.estimators.base import LightningEstimator, choose_loss
from caselab.learning.objectives import Supervised
from caselab.learning.validation import Split


class LightningAutoencoder(TransformerMixin, LightningEstimator):
    """A network from rows to codes and back, trained on rows alone.

    Its module has `encode`, from rows to codes (batch, n_dimensions), and `decode`, from codes to
    rows; called, it does both. What it minimizes beside the error of what it gives back, if
    anything, is its `objective`.

    Args:
        network: builds the module; its `n_outputs` are the numbers of a row.
        options: further keyword arguments of `network`.
        training: the settings of its training.
        random_state: of initial weights, rows held out, their order, and all noise.
    """

    def fit(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002  scikit-learn's contract
        *,
        groups: np.ndarray | None = None,
        times: np.ndarray | None = None,
    ) -> Self:
        """Learn from rows (n_samples, ...); by `groups` or `times` (n_samples,) some are held out."""
        X = self._checked(X, reset=True)
        loss = choose_loss(self.training.loss, losses.regression, "rows themselves")()
        self._learn(
            X,
            None,
            objective=Supervised(loss, {}),
            split=Split(groups=groups, times=times),
            n_outputs=int(np.prod(X.shape[1:])),
        )
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the code of each row, (n_samples, n_dimensions)."""
        check_is_fitted(self, "weights_")
        X = self._checked(X, reset=False)
        codes = self._answers(X, lambda network, rows: network.encode(rows))
        return np.concatenate([code.cpu().numpy() for code in codes])

    def inverse_transform(self, Z: Any) -> np.ndarray:
        """Return the row that each code (n_samples, n_dimensions) stands for, (n_samples, ...)."""
        check_is_fitted(self, "weights_")
        codes: np.ndarray = np.asarray(Z, dtype=self._input_dtype)
        rows = self._answers(codes, lambda network, code: network.decode(code))
        return np.concatenate([row.cpu().numpy() for row in rows])

    def score_samples(self, X: Any) -> np.ndarray:
        """Return minus the mean squared error of what is given back for each row, (n_samples,)."""
        check_is_fitted(self, "weights_")
        X = self._checked(X, reset=False)
        errors = self._answers(X, lambda net, x: (net(x) - x).flatten(1).square().mean(1))
        return -np.concatenate([error.double().cpu().numpy() for error in errors])
