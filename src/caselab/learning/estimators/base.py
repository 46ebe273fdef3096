"""What networks behind scikit-learn's contract share: parameters, state, training, outputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np
import safetensors.numpy
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data
from torch import Tensor, nn

from caselab.errors import UserError
from caselab.learning import batches
from caselab.learning.batches import RowSource, Samples, Sequences, Streamed
from caselab.learning.layers.activations import activations
from caselab.learning.layers.convolutions import by_pixel
from caselab.learning.objectives import Objective
from caselab.learning.training import Training
from caselab.learning.validation import Split
from caselab.storage.rows import Rows

NESTED = ("options", "training")
"""Parameters whose own settings are parameters too: `training__learning_rate`."""

Network = type[nn.Module]
"""An architecture's module, made by `network(shape, n_outputs, activation, **options)`.

It takes inputs (batch, *shape) to outputs (batch, n_outputs). What it does otherwise, its class says:

- `input_dtype`: np.int64 for a network that looks up ids; inputs are floats else.
- `sizes(X, **options)`, static: what else it must know to be built, of the training inputs (the number
  of ids, say) or of files that its options name, as further keyword arguments.
- `objective(batch)`, `measures(batch)`: what it minimizes, if not a loss of outputs and targets;
  `penalty(x)`: what it adds to one (objectives.py).
- `pretrained`: the weights that it starts from (pretrained.py).
- `numbers_at_once`: of inputs that it answers in one go (batches.py).

Buffers are persistent: a fitted network is its state and nothing else.
"""


class LightningEstimator(BaseEstimator):
    """A network that is built when `fit` sees the data.

    Attributes:
        weights_: the network's state by name, of the epoch with the lowest validation loss.
        best_epoch_: that epoch's number, from 1.
        history_: of each epoch its number and metrics.
        sizes_: what else the network had to know to be built.
        pretrained_: origin, licence and hash of the weights it started from, if it did.
    """

    network: Network
    options: Mapping[str, Any] | None
    training: Training
    random_state: int | np.random.RandomState | None

    state_suffix = ".safetensors"

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
        X: Samples,
        y: np.ndarray | Sequences | None,
        *,
        objective: Objective,
        split: Split,
        n_outputs: int,
    ) -> None:
        """Train the network on checked inputs and on targets as numbers."""
        # Lightning, which predicting does without
        from caselab.learning.lightning import fitting, tasks

        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self.shape_ = () if isinstance(X, Sequences) else X.shape[1:]
        if not isinstance(X, Sequences) and len(self.shape_) == 3:
            check_pictures(X)
        self.sizes_ = self._sizes(X)
        self.n_outputs_ = n_outputs
        known = self.get_params(deep=False) | {"network": self.network.__qualname__}
        del known["random_state"]  # the seed stands for it
        task = tasks.Task(X, y, self._input_dtype, objective, split)
        fit = fitting.fit(self._build, task, self.training, seed, settings=f"{known} {self.sizes_}")
        self.weights_ = fit.weights
        self.best_epoch_ = fit.best_epoch
        self.history_ = fit.history
        if fit.pretrained:
            self.pretrained_ = fit.pretrained

    def _sizes(self, X: Samples) -> dict[str, Any]:
        """Return what else the network must know to be built."""
        if not hasattr(self.network, "sizes"):
            return {}
        found: dict[str, Any] = self.network.sizes(X, **_settings(self.options))
        return found

    def _build(self) -> nn.Module:
        activation = activations[self.training.activation]
        options = self.sizes_ | _settings(self.options)
        return self.network(self.shape_, self.n_outputs_, activation, **options)

    def _checked(self, X: Any, *, reset: bool) -> np.ndarray | Rows:
        """Return inputs as numbers; those that stay on disk are left there."""
        if isinstance(X, np.memmap):
            X = Rows(X)
        if isinstance(X, Rows):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        checked: np.ndarray = validate_data(
            self, X, reset=reset, dtype=self._input_dtype, allow_nd=True
        )
        return checked

    def _checked_pair(self, X: Any, y: Any, **of_y: Any) -> tuple[np.ndarray | Rows, np.ndarray]:
        """Return inputs and targets as scikit-learn checks them together."""
        if isinstance(X, Rows | np.memmap):
            X = self._checked(X, reset=True)
            y = validate_data(self, "no_validation", y, **of_y)
            check_consistent_length(X, y)
            return X, y
        checked: tuple[np.ndarray, np.ndarray] = validate_data(
            self, X, y, dtype=self._input_dtype, allow_nd=True, **of_y
        )
        return checked

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the network's outputs (n_samples, n_outputs), in double precision."""
        check_is_fitted(self, "weights_")
        X = self._checked(X, reset=False)
        outputs = [
            output.double().cpu().numpy() for output in self._answers(X, lambda net, x: net(x))
        ]
        return np.concatenate(outputs)

    def _answers(self, X: Samples, ask: Callable[[Any, Tensor], Tensor]) -> Iterator[Tensor]:
        """Ask the fitted network batch by batch."""
        gpu = self.training.accelerator != "cpu" and torch.cuda.is_available()
        device = torch.device("cuda" if gpu else "cpu")
        network = self.network_on(device)
        layout = torch.preserve_format
        if self.training.channels_last:
            layout = torch.channels_last
            network = by_pixel(network)
        source: RowSource
        if isinstance(X, Sequences):
            source, size = X.on(device), self.training.batch_size
        else:
            source = Streamed(X, None, self._input_dtype, device)
            size = batches.rows_at_once(X.shape[1:], self.training.batch_size, network)
        with torch.inference_mode():
            for rows in batches.Slices(len(X), size):
                yield ask(network, source.take(rows).to(memory_format=layout))

    @property
    def _input_dtype(self) -> type:
        floats = np.float64 if self.training.precision == "64-true" else np.float32
        return getattr(self.network, "input_dtype", floats)


def _settings(value: Any) -> dict[str, Any]:
    """Return the settings that a Training or mapping holds by name."""
    if isinstance(value, Training):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return dict(value) if isinstance(value, Mapping) else {}


def check_pictures(X: np.ndarray | Rows) -> None:
    """Refuse pictures `(n_samples, channels, height, width)` that show nothing.

    Raises:
        UserError: every pixel of all of them is the same, or some are no numbers.
    """
    blocks = X.blocks() if isinstance(X, Rows) else [(0, X)]
    seen: set[float] = set()
    for start, block in blocks:
        low, high = np.min(block), np.max(block)
        if not np.isfinite(high - low):
            row = start + int(np.flatnonzero(~np.isfinite(block).all(axis=(1, 2, 3)))[0])
            raise UserError(
                f"The picture in row {row + 1:,} has pixels that are no finite numbers; mend it, or "
                "leave the row out."
            )
        seen |= {float(low), float(high)}
    if len(seen) == 1:
        raise UserError(
            f"Every pixel of all {len(X):,} pictures is {seen.pop():g}, so there is nothing to learn "
            "from; look at the files, or at the view's size and fit."
        )


def choose_loss(name: str, table: Mapping[str, Any], problem: str) -> Any:
    """Return what makes the loss `name`; raise a UserError where it is none for the problem."""
    if name == "auto":
        return next(iter(table.values()))
    if name not in table:
        raise UserError(
            f"training.loss is {name!r}, which is no loss for {problem}; choose one of: "
            f"{', '.join(table)}."
        )
    return table[name]
