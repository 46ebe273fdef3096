"""What watches a training: it stops early with the best weights, and keeps checkpoints."""

import time
from pathlib import Path
from typing import Any

from pytorch_lightning import LightningModule, Trainer, callbacks
from pytorch_lightning.callbacks.early_stopping import EarlyStoppingReason
from pytorch_lightning.plugins import CheckpointIO
from torch import Tensor, nn
from typing_extensions import override

from caselab.learning.lightning import checkpoints


class EarlyStopping(callbacks.EarlyStopping):
    """Lightning's, on the validation loss, that also keeps the weights of the best epoch."""

    def __init__(self, network: nn.Module, patience: int):
        super().__init__("validation_loss", patience=patience)
        self.network = network
        self.best_epoch = 0
        self.best_weights: dict[str, Tensor] = {}

    @override
    def on_train_start(self, trainer: Trainer, _: LightningModule) -> None:
        # A run that was killed after it had decided to stop
        if self.stopping_reason is not EarlyStoppingReason.NOT_STOPPED:
            trainer.should_stop = True

    @override
    def on_train_epoch_end(self, trainer: Trainer, learner: LightningModule) -> None:
        best_before = self.best_score
        super().on_train_epoch_end(trainer, learner)
        if self.best_score < best_before:
            self.best_epoch = trainer.current_epoch + 1
            self.best_weights = {
                name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()
            }

    @override
    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {
            "best_epoch": self.best_epoch,
            "best_weights": self.best_weights,
        }

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.best_epoch = state["best_epoch"]
        self.best_weights = state["best_weights"]


class Checkpoint(callbacks.Checkpoint):
    """Keep the state after an epoch at `path`, at most once in `every` seconds."""

    def __init__(self, path: Path, every: float):
        self.path = path
        self.every = every
        self.last = time.monotonic()

    @override
    def on_train_epoch_end(self, trainer: Trainer, _: LightningModule) -> None:
        if time.monotonic() - self.last >= self.every:
            trainer.save_checkpoint(self.path)
            self.last = time.monotonic()


class CheckpointFiles(CheckpointIO):
    """Our way of writing checkpoints, for Lightning."""

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        checkpoints.write(checkpoint, Path(path))

    @override
    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        state = checkpoints.read(Path(path))
        assert state is not None  # fitting.py has read it before
        return state

    @override
    def remove_checkpoint(self, path: str | Path) -> None:
        Path(path).unlink(missing_ok=True)
