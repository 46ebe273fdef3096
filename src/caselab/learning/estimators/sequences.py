"""A network that gives each token of a sequence another one, such as a tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_consistent_length, check_is_fitted
from torch import Tensor

from caselab.learning import losses, spelling
from caselab.learning.batches import Samples, Sequences
from caselab.learning.estimators.base import LightningEstimator, Network, choose_loss
from caselab.learning.losses import IGNORED
from caselab.learning.objectives import Supervised
from caselab.learning.scores import Accuracy
from caselab.learning.training import Training
from caselab.learning.validation import Split
from caselab.learning.vocabulary import (
    PADDING,
    SPECIAL,
    Tokens,
    Vocabulary,
    check_aligned,
    tokens,
)


class LightningSequences(LightningEstimator):
    """A network that reads sequences of tokens and answers each token with another.

    It gives logits (batch, time, n_outputs) for a target token at each place. Both vocabularies are
    of the training sequences, and part of what is fitted. What writes sequences of other lengths is a
    `LightningWriter`.

    Args:
        network: builds the module; it is given `n_ids`, the number of input ids.
        options: further keyword arguments of `network`.
        least: times that an input token must come in training to be known.
        training: the settings of its training.
        random_state: of initial weights, rows held out, their order, and dropout.
        spelt: the network is given ids (batch, time, parts) of what each token is spelt by
            (spelling.py), and `n_ids` of each part, so that it can tell something of unknown tokens.

    Attributes:
        inputs_: the tokens of the vocabulary, in the order of their ids; of each part where they
            are `spelt`.
        targets_: the tokens to answer, likewise.
    """

    def __init__(
        self,
        network: Network,
        options: Mapping[str, Any] | None = None,
        least: int = 1,
        training: Training = Training(),
        random_state: int | np.random.RandomState | None = None,
        spelt: bool = False,
    ):
        super().__init__(network, options, training, random_state)
        self.least = least
        self.spelt = spelt

    def fit(
        self,
        X: Tokens,
        y: Tokens,
        *,
        groups: np.ndarray | None = None,
        times: np.ndarray | None = None,
    ) -> Self:
        """Learn from sequences of tokens and those to answer, each a list or a text between spaces.

        `groups` and `times` (n_samples,) are of rows that somebody has made of those that the
        session knows; by them sequences are held out.

        Raises:
            UserError: a place has no target, where each must have one.
        """
        check_consistent_length(X, y)
        X, y = tokens(X), tokens(y)
        targets = Vocabulary.of(y)
        self.targets_ = targets.tokens
        if self.spelt:
            known = spelling.vocabularies(X, self.least)
            self.inputs_: list[str] = ["\n".join(each.tokens) for each in known]
        else:
            self.inputs_ = Vocabulary.of(X, self.least).tokens
        check_aligned(X, y)
        loss = choose_loss(self.training.loss, losses.classification, "sequences")(None)
        self._learn(
            self._inputs(X),
            Sequences(targets.ids(y), IGNORED),
            objective=Supervised(loss, {"accuracy": Accuracy()}),
            split=Split(groups=groups, times=times),
            n_outputs=len(targets),
        )
        return self

    def predict(self, X: Tokens) -> list[list[str]]:
        """Return the likeliest token of each place."""
        check_is_fitted(self, "weights_")
        X = tokens(X)
        targets = Vocabulary(self.targets_)
        found: list[list[str]] = []
        for answer in self._answers(self._inputs(X), self._ask):
            found += [targets.words(row) for row in answer.cpu().tolist()]
        return [row[: len(asked)] for row, asked in zip(found, X, strict=True)]

    def _sizes(self, X: Samples) -> dict[str, Any]:
        known = self._spelling() if self.spelt else Vocabulary(self.inputs_)
        n_ids = len(known) if isinstance(known, Vocabulary) else [len(each) for each in known]
        return {**super()._sizes(X), "n_ids": n_ids}

    def _inputs(self, X: Tokens) -> Sequences:
        if self.spelt:
            return Sequences(spelling.ids(X, self._spelling()), PADDING)
        return Sequences(Vocabulary(self.inputs_).ids(X), PADDING)

    def _spelling(self) -> list[Vocabulary]:
        return [Vocabulary(part.split("\n") if part else []) for part in self.inputs_]

    def _ask(self, network: Any, ids: Tensor) -> Tensor:
        logits: Tensor = network(ids)
        return logits[..., len(SPECIAL) :].argmax(-1) + len(SPECIAL)  # a token, come what may
