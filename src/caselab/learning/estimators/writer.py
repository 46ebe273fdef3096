"""A network that writes: it says what may come next, alone or for what it was given."""

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

    Alone, as a language model, its network gives logits (batch, time, n_outputs) of the next id at
    each place. One that writes for what it is given (other sequences, pictures) names its
    `objective`, whose batches hold in `y` what is to be written (batch, time), padded with `IGNORED`.
    Both say by steps what may come next, so that `sequences/decoding.py` can choose:

        def begin(self, x: Tensor) -> state                         # for rows (batch, ...)
        def step(self, state, ids: Tensor) -> tuple[Tensor, state]  # logits (batch, n_outputs)

    Tensors of a state have the row as their first dimension.
    """

    def fit(
        self,
        X: Any,
        y: Sequence[np.ndarray] | None = None,
        *,
        n_outputs: int,
        n_ids: int | None = None,
    ) -> Self:
        """Learn to write.

        Args:
            X: what is to be written, where there is no `y`; else what it is written for: sequences of
                ids (time,), or numbers (n_samples, ...).
            y: sequences of ids (time,).
            n_outputs: how many ids may be written.
            n_ids: how many may be read, where ids are.
        """
        self.n_ids_ = n_outputs if y is None else n_ids
        if y is None:
            given: Samples = Sequences([ids[:-1] for ids in X], PADDING)
            y = [ids[1:] for ids in X]
        else:
            given = self._given(X, reset=True)
        loss = choose_loss(self.training.loss, losses.classification, "sequences")(None)
        self._learn(
            given,
            Sequences(y, IGNORED),
            objective=Supervised(loss, {}),
            split=Split(),
            n_outputs=n_outputs,
        )
        return self

    def log_likelihood(self, X: Sequence[np.ndarray]) -> np.ndarray:
        """Return the log-probability (n_samples,), in nats, of all but the start of each sequence."""

        def ask(network: Any, x: Tensor) -> list[float]:
            said = network(x[:, :-1]).double().log_softmax(2)
            following = x[:, 1:]
            own = said.gather(2, following.unsqueeze(2)).squeeze(2)
            found: list[float] = torch.where(following == PADDING, 0.0, own).sum(1).tolist()
            return found

        return np.array(self.asked(X, ask))

    def asked(self, X: Any, ask: Callable[[Any, Tensor], Any]) -> list[Any]:
        """Return what `ask` finds with the fitted network and each batch of rows: a list, one for each.

        Sequences of about the same length share a batch.
        """
        if not isinstance(X, list):
            given = self._given(X, reset=False)
            return [found for part in self._answers(given, ask) for found in part]
        order = np.argsort([len(each) for each in X], kind="stable").tolist()
        given = self._given([X[row] for row in order], reset=False)
        in_order = [found for part in self._answers(given, ask) for found in part]
        of_row = dict(zip(order, in_order, strict=True))
        return [of_row[row] for row in range(len(X))]

    def _given(self, X: Any, *, reset: bool) -> Samples:
        return Sequences(X, PADDING) if isinstance(X, list) else self._checked(X, reset=reset)

    def _sizes(self, X: Samples) -> dict[str, Any]:
        return {**super()._sizes(X), **({} if self.n_ids_ is None else {"n_ids": self.n_ids_})}
