"""A network with one output per number of the target."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from caselab.learning import losses
from caselab.learning.estimators.base import LightningEstimator, choose_loss
from caselab.learning.objectives import Supervised
from caselab.learning.scores import RootMeanSquaredError
from caselab.learning.validation import Split


class LightningRegressor(RegressorMixin, LightningEstimator):
    """A network trained on numbers, each brought to mean 0 and deviation 1.

    Args:
        network: builds the module.
        options: further keyword arguments of `network`.
        training: the settings of its training.
        random_state: of initial weights, rows held out, their order, and dropout.
    """

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        groups: np.ndarray | None = None,
        times: np.ndarray | None = None,
    ) -> Self:
        """Learn from inputs (n_samples, ...) and their values, (n_samples,) or (n_samples, n_values).

        `groups` and `times` (n_samples,) are of rows that somebody has made of those that the
        session knows; by them rows are held out.
        """
        X, y = self._checked_pair(X, y, y_numeric=True, multi_output=True)
        if y.ndim == 1:
            self.target_mean_: float | np.ndarray = float(np.mean(y))
            self.target_scale_: float | np.ndarray = float(np.std(y)) or 1.0
        else:
            self.target_mean_ = np.mean(y, axis=0)
            spread = np.std(y, axis=0)
            self.target_scale_ = np.where(spread > 0, spread, 1.0)
        target = ((y - self.target_mean_) / self.target_scale_).astype(np.float32)
        target = target.reshape(len(target), -1)
        loss = choose_loss(self.training.loss, losses.regression, "regression")()
        self._learn(
            X,
            target,
            objective=Supervised(loss, {"rmse": RootMeanSquaredError(self.target_scale_)}),
            split=Split(groups=groups, times=times),
            n_outputs=target.shape[1],
        )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the values of each row, of the shape that `fit` was given."""
        outputs = self._outputs(X)
        if np.ndim(self.target_mean_) == 0:
            outputs = outputs[:, 0]
        return outputs * self.target_scale_ + self.target_mean_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
