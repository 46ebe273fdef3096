"""A network with one output per class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from caselab.learning import losses
from caselab.learning.estimators.base import LightningEstimator, Network, choose_loss
from caselab.learning.objectives import Supervised
from caselab.learning.scores import Accuracy
from caselab.learning.training import Training
from caselab.learning.validation import Split, resampled


class LightningClassifier(ClassifierMixin, LightningEstimator):
    """A network with one output per class.

    Args:
        network: builds the module.
        options: further keyword arguments of `network`.
        class_weight: None, `balanced`, or a weight for each class; of the loss.
        training: the settings of its training.
        random_state: of initial weights, rows held out, their order, and dropout.
        sampler: of imblearn, balances the classes of the rows that are not held out; None: as given.
    """

    def __init__(
        self,
        network: Network,
        options: Mapping[str, Any] | None = None,
        class_weight: Mapping[Any, float] | str | None = None,
        training: Training = Training(),
        random_state: int | np.random.RandomState | None = None,
        sampler: Any = None,
    ):
        super().__init__(network, options, training, random_state)
        self.class_weight = class_weight
        self.sampler = sampler

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        groups: np.ndarray | None = None,
        times: np.ndarray | None = None,
    ) -> Self:
        """Learn from inputs (n_samples, ...) and their classes (n_samples,).

        `groups` and `times` (n_samples,) are of rows that somebody has made of those that the
        session knows; by them rows are held out.
        """
        X, y = self._checked_pair(X, y)
        check_classification_targets(y)
        self.classes_, target = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs two classes or more, but y holds one class only: "
                f"{str(self.classes_[0])!r}."
            )
        weight = None
        if self.class_weight is not None:
            _, seen = resampled(self.sampler, np.arange(len(y), dtype=float), y)
            weights = compute_class_weight(self.class_weight, classes=self.classes_, y=seen)
            weight = torch.tensor(weights, dtype=torch.float32)
        loss = choose_loss(self.training.loss, losses.classification, "classification")(weight)
        self._learn(
            X,
            target,
            objective=Supervised(loss, {"accuracy": Accuracy()}),
            split=Split(target, self.sampler, groups, times),
            n_outputs=len(self.classes_),
        )
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n_samples, n_classes)."""
        logits = self._outputs(X)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest class of each row, (n_samples,)."""
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(axis=1)]
