"""Networks behind scikit-learn's contract: what an architecture returns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
import safetensors.numpy
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor, nn

from caselab.errors import UserError
from caselab.learning import batches, losses
from caselab.learning.activations import activations
from caselab.learning.training import Training
from caselab.learning.validation import resampled

Measure = Callable[[Tensor, Tensor], Tensor]

NESTED = ("options", "training")
"""Parameters whose own settings are parameters too: `training__learning_rate`."""

Network = type[nn.Module]
"""An architecture's module, made by `network(shape, n_outputs, activation, **options)`.

It takes inputs (batch, *shape) to outputs (batch, n_outputs). Inputs are floats, unless the class
has an attribute `input_dtype`: np.int64 for a network that looks up ids. What else a network must
know of the training inputs to be built, the number of ids say, its static method `sizes(X)` returns
as further keyword arguments. Buffers are persistent: a fitted network is its state and nothing else.
"""


class LightningEstimator(BaseEstimator):
    """A network that is built when `fit` sees the data.

    Attributes:
        weights_: the network's state by name, of the epoch with the lowest validation loss.
        best_epoch_: that epoch's number, from 1.
        history_: of each epoch its number and metrics.
        sizes_: what the network had to know of the training inputs.
    """

    network: Network
    options: Mapping[str, Any] | None
    training: Training
    random_state: int | np.random.RandomState | None

    state_suffix = ".safetensors"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; `deep` adds each setting of `training` and `options`."""
        params: dict[str, Any] = super().get_params(deep=deep)
        if deep:
            for owner in NESTED:
                settings = _settings(params[owner])
                params |= {f"{owner}__{name}": value for name, value in settings.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters, also by `training__learning_rate`."""
        nested: dict[str, dict[str, Any]] = {owner: {} for owner in NESTED}
        known = self.get_params()
        for name in list(params):
            owner, _, setting = name.partition("__")
            if setting and owner in NESTED:
                if name not in known:
                    raise ValueError(
                        f"Invalid parameter {name!r} for {type(self).__name__}; valid are: "
                        f"{', '.join(known)}."
                    )
                nested[owner][setting] = params.pop(name)
        super().set_params(**params)
        if nested["options"]:
            self.options = {**_settings(self.options), **nested["options"]}
        if nested["training"]:
            self.training = dataclasses.replace(self.training, **nested["training"])
        return self

    def detach_state(self) -> bytes | None:
        """Give up the weights, as safetensors; None before `fit`."""
        if not hasattr(self, "weights_"):
            return None
        state: bytes = safetensors.numpy.save(self.weights_)
        del self.weights_
        return state

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave."""
        self.weights_ = safetensors.numpy.load(state)

    def network_on(self, device: torch.device) -> nn.Module:
        """Return the fitted network, ready to answer."""
        check_is_fitted(self, "weights_")
        weights = {name: torch.tensor(a, device=device) for name, a in self.weights_.items()}
        with torch.device("meta"):  # draws no numbers for weights that are replaced
            network = self._build().eval()
        network.load_state_dict(weights, assign=True)
        return network

    def _learn(
        self,
        X: np.ndarray,
        y: np.ndarray,
        *,
        classes: np.ndarray | None,
        n_outputs: int,
        loss: nn.Module,
        scores: Mapping[str, Measure],
        sampler: Any = None,
    ) -> None:
        from caselab.learning import fitting  # imports Lightning, which predicting does without

        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self.shape_ = X.shape[1:]
        self.sizes_ = self.network.sizes(X) if hasattr(self.network, "sizes") else {}
        self.n_outputs_ = n_outputs
        known = self.get_params(deep=False) | {"network": self.network.__qualname__}
        del known["random_state"]  # the seed stands for it
        task = fitting.Task(X, y, classes, loss, scores, sampler)
        fit = fitting.fit(self._build, task, self.training, seed, settings=str(known))
        self.weights_ = fit.weights
        self.best_epoch_ = fit.best_epoch
        self.history_ = fit.history

    def _build(self) -> nn.Module:
        activation = activations[self.training.activation]
        options = self.sizes_ | _settings(self.options)
        return self.network(self.shape_, self.n_outputs_, activation, **options)

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the network's outputs (n_samples, n_outputs), in double precision."""
        check_is_fitted(self, "weights_")
        X = validate_data(self, X, reset=False, dtype=self._input_dtype, allow_nd=True)
        gpu = self.training.accelerator != "cpu" and torch.cuda.is_available()
        device = torch.device("cuda" if gpu else "cpu")
        network = self.network_on(device)
        outputs = []
        with torch.inference_mode():
            for rows in batches.Slices(len(X), batches.rows_at_once(X.shape[1:])):
                output = network(torch.tensor(X[rows], device=device))
                outputs.append(output.double().cpu().numpy())
        return np.concatenate(outputs)

    @property
    def _input_dtype(self) -> type:
        floats = np.float64 if self.training.precision == "64-true" else np.float32
        return getattr(self.network, "input_dtype", floats)


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
        self.network = network
        self.options = options
        self.class_weight = class_weight
        self.training = training
        self.random_state = random_state
        self.sampler = sampler

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from inputs (n_samples, ...) and their classes (n_samples,)."""
        X, y = validate_data(self, X, y, dtype=self._input_dtype, allow_nd=True)
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
        loss = _loss(self.training.loss, losses.classification, "classification")(weight)
        self._learn(
            X,
            target,
            classes=target,
            n_outputs=len(self.classes_),
            loss=loss,
            scores={"accuracy": _accuracy},
            sampler=self.sampler,
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


class LightningRegressor(RegressorMixin, LightningEstimator):
    """A network with one output, trained on the target brought to mean 0 and deviation 1.

    Args:
        network: builds the module.
        options: further keyword arguments of `network`.
        training: the settings of its training.
        random_state: of initial weights, rows held out, their order, and dropout.
    """

    def __init__(
        self,
        network: Network,
        options: Mapping[str, Any] | None = None,
        training: Training = Training(),
        random_state: int | np.random.RandomState | None = None,
    ):
        self.network = network
        self.options = options
        self.training = training
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from inputs (n_samples, ...) and their values (n_samples,)."""
        X, y = validate_data(self, X, y, dtype=self._input_dtype, allow_nd=True, y_numeric=True)
        self.target_mean_ = float(np.mean(y))
        self.target_scale_ = float(np.std(y)) or 1.0
        target = ((y - self.target_mean_) / self.target_scale_).astype(np.float32)[:, None]
        loss = _loss(self.training.loss, losses.regression, "regression")()
        self._learn(X, target, classes=None, n_outputs=1, loss=loss, scores={"rmse": self._rmse})
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the value of each row, (n_samples,)."""
        return self._outputs(X)[:, 0] * self.target_scale_ + self.target_mean_

    def _rmse(self, output: Tensor, target: Tensor) -> Tensor:
        return (output - target).square().mean().sqrt() * self.target_scale_


def _settings(value: Any) -> dict[str, Any]:
    """Return the settings that a Training or mapping holds by name."""
    if isinstance(value, Training):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return dict(value) if isinstance(value, Mapping) else {}


def _loss(name: str, table: Mapping[str, Any], problem: str) -> Any:
    if name == "auto":
        return next(iter(table.values()))
    if name not in table:
        raise UserError(
            f"training.loss is {name!r}, which is no loss for {problem}; choose one of: "
            f"{', '.join(table)}."
        )
    return table[name]


def _accuracy(logits: Tensor, target: Tensor) -> Tensor:
    return (logits.argmax(1) == target).float().mean()
