"""Features of a network that others have trained: a transformer that learns nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from caselab.learning import pretrained
from caselab.learning.estimators.base import LightningEstimator, Network
from caselab.learning.training import Training
from caselab.storage.rows import Rows

MOST_REMEMBERED = 2**15
"""Rows whose features stay in memory; those of a case are asked for again in every fold."""

_remembered: dict[bytes, np.ndarray] = {}


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
        """Return the features of each row, `(n_samples, n_features)`.

        The network is asked about rows that no fit of this process has asked about.
        """
        check_is_fitted(self, "weights_")
        X = self._checked(X, reset=False)
        keys = self._keys(X)
        new = np.flatnonzero([key not in _remembered for key in keys])
        known = {key: _remembered[key] for key in keys if key in _remembered}
        if len(new):
            asked = X.take(new) if isinstance(X, Rows) else X[new]
            answers = np.concatenate(
                [each.cpu().numpy() for each in self._answers(asked, _features)]
            )
            known |= zip((keys[place] for place in new), answers, strict=True)
        _remembered.update(known)
        while len(_remembered) > MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
        return np.stack([known[key] for key in keys])

    def _keys(self, X: np.ndarray | Rows) -> list[bytes]:
        """Return what tells a row, and what it is asked by, from all others."""
        settings = (self.pretrained_["sha256"], X.shape[1:], self.training)
        asked_by = hashlib.blake2b(repr(settings).encode(), digest_size=16)
        found = []
        for _, block in X.blocks() if isinstance(X, Rows) else [(0, X)]:
            for row in block:
                key = asked_by.copy()
                key.update(row.tobytes())
                found.append(key.digest())
        return found


def _features(network: Any, rows: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = network(rows)
    return found
