"""A network that writes: it says at each place of a sequence what may come next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from caselab.learning import losses
from caselab.learning.batches import Samples, Sequences
from caselab.learning.estimators.base import LightningEstimator, choose_loss
from caselab.learning.losses import IGNORED
from caselab.learning.objectives import Supervised
from caselab.learning.validation import Split
from caselab.learning.vocabulary import PADDING


class LightningWriter(LightningEstimator):
    """A network that writes sequences of ids, each from a start to an end (vocabulary.py).

    It gives logits (batch, time, n_outputs) of the next id at each place. By steps it says the same,
    so that `sequences/decoding.py` can choose:

        def begin(self, x: Tensor) -> state                         # for rows (batch, ...)
        def step(self, state, ids: Tensor) -> tuple[Tensor, state]  # logits (batch, n_outputs)

    Tensors of a state have the row as their first dimension.
    """

    def fit(self, X: Sequence[np.ndarray], y: Any = None, *, n_outputs: int) -> Self:
        """Learn to write sequences of ids (time,), of which there are `n_outputs`."""
        del y
        self.n_ids_ = n_outputs
        loss = choose_loss(self.training.loss, losses.classification, "sequences")(None)
        self._learn(
            Sequences([ids[:-1] for ids in X], PADDING),
            Sequences([ids[1:] for ids in X], IGNORED),
            objective=Supervised(loss, {}),
            split=Split(),
            n_outputs=n_outputs,
        )
        return self

    def log_likelihood(self, X: Sequence[np.ndarray]) -> np.ndarray:
        """Return the log-probability (n_samples,), in nats, of all but the start of each sequence."""

        def ask(network: Any, x: Tensor) -> Tensor:
            said = network(x[:, :-1]).double().log_softmax(2)
            following = x[:, 1:]
            own = said.gather(2, following.unsqueeze(2)).squeeze(2)
            return torch.where(following == PADDING, 0.0, own).sum(1)

        order = np.argsort([len(each) for each in X], kind="stable")
        parts = self._answers(Sequences([X[row] for row in order], PADDING), ask)
        found = np.empty(len(X))
        found[order] = np.concatenate([part.cpu().numpy() for part in parts])
        return found

    def asked(self, X: Sequence[np.ndarray], ask: Callable[[Any, Tensor], Any]) -> list[Any]:
        """Return what `ask` finds with the fitted network and each batch of rows, a list each."""
        parts = self._answers(Sequences(X, PADDING), ask)
        return [found for part in parts for found in part]

    def _sizes(self, X: Samples) -> dict[str, Any]:
        return {**super()._sizes(X), "n_ids": self.n_ids_}
