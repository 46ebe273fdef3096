"""The network in training, as Lightning sees it."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from typing_extensions import override

from caselab.learning import batches
from caselab.learning.augmentation import augment
from caselab.learning.optimizers import optimizers
from caselab.learning.schedules import schedules
from caselab.learning.sessions import OnEpoch
from caselab.learning.training import Training

STEPS_AT_ONCE = 32
"""Lightning spends about 0.7 ms on each item of a loader, as much as a small network's whole step,
so an item is a run of steps, which `training_step` walks through itself."""

Measure = Callable[[Tensor, Tensor], Tensor]
Rows = tuple[Tensor, Tensor]


class Learner(LightningModule):
    """A network with its data, loss and settings, and the history of its epochs.

    Every epoch starts from random numbers of its own, drawn from `seed` and the epoch's number: a
    resumed run needs to know nothing of the epochs before.

    Args:
        network: turns a batch of inputs into what `loss` takes.
        loss: of outputs and targets, the mean over rows.
        scores: further measures of outputs and targets, for the rows held out.
        learn: inputs and targets to learn from, (n_samples, ...) each.
        held: those held out, or None.
        training: the settings.
        seed: of the order of rows and of dropout.
        on_epoch: told the number of epochs done and the metrics of the last.
    """

    X_learn: Tensor
    y_learn: Tensor
    X_held: Tensor | None
    y_held: Tensor | None

    def __init__(
        self,
        network: nn.Module,
        loss: nn.Module,
        scores: Mapping[str, Measure],
        learn: Rows,
        held: Rows | None,
        training: Training,
        seed: int,
        on_epoch: OnEpoch | None,
    ):
        super().__init__()
        self.automatic_optimization = False  # as steps come several at once
        self.network = network
        self.loss = loss
        self.scores = scores
        self.settings = training
        self.seed = seed
        self.on_epoch = on_epoch
        self.rows_a_step = training.batch_size * training.accumulate
        self.history: list[dict[str, float]] = []
        for name, rows in {"learn": learn, "held": held}.items():
            X, y = rows or (None, None)
            self.register_buffer(f"X_{name}", X, persistent=False)
            self.register_buffer(f"y_{name}", y, persistent=False)

    @override
    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        fused: Literal[True] | None = True if self.device.type == "cpu" else None
        choose = optimizers[self.settings.optimizer]
        self.optimizer = choose(self.network.parameters(), self.settings, fused)
        self.schedule = schedules[self.settings.schedule](self.optimizer, self.settings)
        return [self.optimizer], [self.schedule]

    @override
    def train_dataloader(self) -> batches.Slices:
        n_steps = math.ceil(len(self.X_learn) / self.rows_a_step)
        return batches.Slices(n_steps, STEPS_AT_ONCE)

    @override
    def val_dataloader(self) -> batches.Slices:
        assert self.X_held is not None
        return batches.Slices(len(self.X_held), batches.rows_at_once(self.X_held.shape[1:]))

    @override
    def on_train_epoch_start(self) -> None:
        entropy = np.random.SeedSequence((self.seed, self.current_epoch))
        torch.manual_seed(int(entropy.generate_state(1, np.uint64)[0]))
        order = torch.randperm(len(self.X_learn)).to(self.device)
        self.steps = batches.split(order, self.rows_a_step)
        self.losses: list[tuple[Tensor, int]] = []

    @override
    def training_step(self, block: slice, _: int) -> None:
        # Lightning's own backward and step would scale the loss of 16-bit floats, which Training
        # does not offer, and cost 0.3 ms.
        for rows in self.steps[block]:
            for batch in batches.split(rows, self.settings.batch_size):
                X = augment(self.X_learn[batch], self.settings)
                loss = self.loss(self.network(X), self.y_learn[batch])
                share = len(batch) / len(rows)
                (loss if share == 1 else loss * share).backward()
                self.losses.append((loss.detach(), len(batch)))
            if self.settings.gradient_clip is not None:
                clip_grad_norm_(self.network.parameters(), self.settings.gradient_clip)
            self.optimizer.step()
            self.optimizer.zero_grad()

    @override
    def on_validation_epoch_start(self) -> None:
        self.outputs: list[Tensor] = []

    @override
    def validation_step(self, rows: slice, _: int) -> None:
        assert self.X_held is not None
        self.outputs.append(self.network(self.X_held[rows]).to(self.dtype))

    @override
    def on_train_epoch_end(self) -> None:
        losses, rows = zip(*self.losses, strict=True)
        metrics = {"train_loss": float(np.average(torch.stack(losses).cpu(), weights=rows))}
        if self.y_held is not None:
            output = torch.cat(self.outputs)
            measures: dict[str, Measure] = {"loss": self.loss, **self.scores}
            for name, measure in measures.items():
                metrics[f"validation_{name}"] = measure(output, self.y_held).item()
            self.log("validation_loss", metrics["validation_loss"])
        metrics["learning_rate"] = self.optimizer.param_groups[0]["lr"]
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(metrics.get("validation_loss", metrics["train_loss"]))
        else:
            self.schedule.step()
        epochs = self.current_epoch + 1
        self.history.append({"epoch": epochs, **metrics})
        if self.on_epoch:
            self.on_epoch(epochs, metrics)

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    @override
    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]
