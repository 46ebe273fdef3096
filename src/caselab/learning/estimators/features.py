"""Features of a network that others have trained: a transformer that learns nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from caselab.learning import pretrained
from caselab.learning.estimators.base import LightningEstimator, Network
from caselab.learning.training import Training


class PretrainedFeatures(TransformerMixin, LightningEstimator):
    """What a pretrained network says of rows, `(n_samples, n_features)`.

    Fitted, it holds the weights itself, so that what answers never asks for their file.

    Args:
        network: builds the module, which names the weights that it starts from.
        options: further keyword arguments of `network`.
        training: of which the accelerator, the precision and the size of batches are used.
    """

    def __init__(
        self,
        network: Network,
        options: Mapping[str, Any] | None = None,
        training: Training = Training(),
    ):
        super().__init__(network, options, training)

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's contract
        """Take the weights; of rows (n_samples, ...) only the shape is looked at.

        Raises:
            UserError: the weights cannot be had, or the rows are not what the network takes.
        """
        X = self._checked(X, reset=True)
        self.shape_, self.n_outputs_ = X.shape[1:], 0
        self.sizes_ = self._sizes(X)
        with torch.random.fork_rng(devices=()):  # draws of weights that are replaced
            network = self._build()
        self.pretrained_ = pretrained.start_from(network)
        self.weights_ = {name: each.numpy() for name, each in network.state_dict().items()}
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the features of each row, `(n_samples, n_features)`."""
        check_is_fitted(self, "weights_")
        X = self._checked(X, reset=False)
        return np.concatenate([each.cpu().numpy() for each in self._answers(X, _features)])


def _features(network: Any, rows: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = network(rows)
    return found
