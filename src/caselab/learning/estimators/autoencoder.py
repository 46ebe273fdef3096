"""A network that gives back what it is given."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
from sklearn.base import TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from caselab.errors import UserError
from caselab.learning import losses
from caselab.learning.augmentation import moved
from caselab.learning.estimators.base import LightningEstimator, choose_loss
from caselab.learning.objectives import Supervised
from caselab.learning.validation import Split


def _is_generative(estimator: LightningAutoencoder) -> bool:
    """Tell whether the codes have a distribution to draw from."""
    return getattr(estimator.network, "generative", False)


class LightningAutoencoder(TransformerMixin, LightningEstimator):
    """A network from rows to codes and back, trained on rows alone.

    Its module has `encode`, from rows to codes (batch, n_dimensions), and `decode`, from codes to
    rows; called, it does both. It minimizes the error of what it gives back, with its `penalty` if
    it has one, or its own `objective`. One whose codes have a distribution is `generative`: it has
    `draw_codes(n, generator)`, and `log_likelihood`, from rows to a lower bound (batch,).

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
        clean: np.ndarray | None = None,
        groups: np.ndarray | None = None,
        times: np.ndarray | None = None,
    ) -> Self:
        """Learn from rows (n_samples, ...); by `groups` or `times` (n_samples,) some are held out.

        Where rows are noisy, `clean`, of their shape, is what is to be given back.

        Raises:
            UserError: a loss is chosen where the network says itself what it minimizes, or pictures
                are to be moved where clean ones would stay.
        """
        X = self._checked(X, reset=True)
        if clean is not None and np.shape(clean) != X.shape:
            raise ValueError(f"clean rows have the shape {np.shape(clean)}, noisy ones {X.shape}")
        if clean is not None and (moves := moved(self.training.augmentation)):
            raise UserError(
                f"training.augmentation.{moves[0]} would move noisy pictures and leave the clean ones "
                "where they are; remove it."
            )
        if hasattr(self.network, "objective") and self.training.loss != "auto":
            raise UserError(
                f"training.loss is {self.training.loss!r}, but {self.network.__name__} has an "
                "objective of its own; remove the setting."
            )
        loss = choose_loss(self.training.loss, losses.regression, "rows themselves")()
        self._learn(
            X,
            None if clean is None else np.asarray(clean, dtype=self._input_dtype),
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
        """Return how well each row is known, (n_samples,); more is better.

        It is minus the mean squared error of what is given back, or, of a network whose codes have
        a distribution, the lower bound on the row's log-likelihood, in nats.
        """
        check_is_fitted(self, "weights_")
        X = self._checked(X, reset=False)
        scores = self._answers(X, _bound if _is_generative(self) else _minus_error)
        return np.concatenate([score.double().cpu().numpy() for score in scores])

    @available_if(_is_generative)
    def sample(
        self, n_samples: int = 1, random_state: int | np.random.RandomState | None = None
    ) -> np.ndarray:
        """Return the mean rows (n_samples, ...) of codes that are drawn as they are without rows."""
        check_is_fitted(self, "weights_")
        seed = check_random_state(random_state).randint(2**31 - 1)
        network: Any = self.network_on(torch.device("cpu"))
        codes = network.draw_codes(n_samples, torch.Generator().manual_seed(seed))
        return self.inverse_transform(codes.numpy())


def _minus_error(network: Any, x: torch.Tensor) -> torch.Tensor:
    return -(network(x) - x).flatten(1).square().mean(1)


def _bound(network: Any, x: torch.Tensor) -> torch.Tensor:
    bound: torch.Tensor = network.log_likelihood(x)
    return bound
