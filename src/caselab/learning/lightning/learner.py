"""The network in training, as Lightning sees it."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from typing_extensions import override

from caselab.learning import batches, frozen, phases
from caselab.learning.augmentation import augment
from caselab.learning.batches import Chosen, RowSource
from caselab.learning.losses import Total
from caselab.learning.objectives import Batch, Objective, Supervised
from caselab.learning.optimizers import optimizers
from caselab.learning.schedules import Pace, schedules
from caselab.learning.sessions import OnEpoch
from caselab.learning.training import Augmentation

STEPS_AT_ONCE = 32
"""Lightning spends about 0.7 ms on each item of a loader, as much as a small network's whole step,
so an item is a run of steps, which `training_step` walks through itself."""


@dataclass(frozen=True)
class Examples:
    """Inputs and targets of the same rows; without targets the inputs are theirs."""

    X: RowSource
    y: RowSource | None

    def __len__(self) -> int:
        return len(self.X)

    def on(self, device: torch.device, room: int) -> "Examples":
        """Return them ready to be taken on a device that has room for so many bytes."""
        y = None if self.y is None else self.y.on(device, room)
        return Examples(self.X.on(device, room), y)


class Learner(LightningModule):
    """A network with its rows, objective and settings, and the history of its epochs.

    Every epoch starts from random numbers of its own, drawn from `seed` and the epoch's number: a
    resumed run needs to know nothing of the epochs before.

    Args:
        network: turns a batch of inputs into outputs.
        objective: what is minimized, from network and batch.
        learn: rows to learn from.
        held: rows held out, or None.
        row_shape: of inputs; () where rows differ, as sequences do.
        part: the phase, with its settings.
        seed: of the order of rows and of dropout.
        on_epoch: told the number of epochs done and the metrics of the last.
        history: of the epochs of the phases before.
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        learn: Examples,
        held: Examples | None,
        row_shape: tuple[int, ...],
        part: phases.Part,
        seed: int,
        on_epoch: OnEpoch | None,
        history: list[dict[str, float]],
    ):
        super().__init__()
        self.automatic_optimization = False  # as steps come several at once
        self.network = network
        self.divided = frozen.Divided(None, network)
        self.objective = objective
        self.learn, self.held = learn, held
        self.part, self.settings = part, part.training
        self.seed = seed
        self.on_epoch = on_epoch
        self.rows_a_step = self.settings.batch_size * self.settings.accumulate
        self.lengths = batches.lengths(learn.X, self.settings.group_by_length)
        self.steps_an_epoch = batches.n_batches(
            len(learn), self.rows_a_step, by_length=self.lengths is not None
        )
        self.row_shape = row_shape
        self.history = history
        self.before = len(history)
        self.gradients: dict[tuple[float, torch.dtype], Tensor] = {}

    @override
    def configure_optimizers(self) -> tuple[list[Optimizer], list[LRScheduler]]:
        fused: Literal[True] | None = True if self.device.type == "cpu" else None
        choose = optimizers[self.settings.optimizer]
        groups = phases.groups(self.network, self.part)
        self.weights = [weights for group in groups for weights in group["params"]]
        self.optimizer = choose(groups, self.settings, fused)
        pace = Pace.of(self.settings, self.settings.max_epochs, self.steps_an_epoch)
        self.schedule = schedules[self.settings.schedule](self.optimizer, pace)
        return [self.optimizer], [self.schedule]

    @override
    def on_train_start(self) -> None:
        phases.set_modes(self.network)

    @override
    def on_fit_start(self) -> None:
        room = batches.room(self.device)
        if self.held is not None:  # first, as they are fewer
            self.held = self.held.on(self.device, room)
            room -= self.held.X.nbytes if isinstance(self.held.X, batches.Whole) else 0
        self.learn = self.learn.on(self.device, room)
        if self.settings.augmentation == Augmentation() and isinstance(self.objective, Supervised):
            self._ask_once(room)

    def _ask_once(self, room: int) -> None:
        """Put what the layers answer that stand still in this phase in the place of the rows."""
        phases.set_modes(self.network)
        divided = frozen.divide(self.network)
        if divided.fixed is None:
            return
        size = self.settings.batch_size
        learn = frozen.answers(divided.fixed, self.learn.X, size, room)
        if learn is None:
            return
        held = None if self.held is None else frozen.answers(divided.fixed, self.held.X, size, room)
        if held is None and self.held is not None:
            return
        self.divided = divided
        if self.settings.compile:
            divided.rest.compile()
        self.learn = replace(self.learn, X=learn)
        self.row_shape = tuple(learn.take(slice(0, 1)).shape[1:])
        if self.held is not None and held is not None:
            self.held = replace(self.held, X=held)

    @override
    def train_dataloader(self) -> batches.Slices:
        return batches.Slices(self.steps_an_epoch, STEPS_AT_ONCE)

    @override
    def val_dataloader(self) -> batches.Slices:
        assert self.held is not None
        size = self.settings.batch_size
        if self.row_shape:
            size = batches.rows_at_once(self.row_shape, size, self.network)
        return batches.Slices(len(self.held), size)

    @override
    def on_train_epoch_start(self) -> None:
        self.epoch = self.before + self.current_epoch
        entropy = np.random.SeedSequence((self.seed, self.epoch))
        torch.manual_seed(int(entropy.generate_state(1, np.uint64)[0]))
        order = torch.randperm(len(self.learn)).to(self.device)
        if self.lengths is None:
            self.steps = batches.split(order, self.rows_a_step)
        else:
            self.steps = batches.split_by_length(order, self.lengths, self.rows_a_step)
        self.totals: list[tuple[Tensor, Tensor]] = []

    @override
    def training_step(self, block: slice, _: int) -> None:
        # Lightning's own backward and step would scale the loss of 16-bit floats, which Training
        # does not offer, and cost 0.3 ms.
        totals: list[Total] = []
        for rows in self.steps[block]:
            parts = batches.split(rows, self.settings.batch_size)
            for part in parts:
                batch = self._batch(self.learn, self._share(part), training=True)
                total = self.objective(self.divided.rest, batch)
                totals.append(Total(total.sum.detach(), total.weight))
                self._backward(total, alone=len(parts) == 1)
            if len(parts) > 1:
                self._divide(totals[-len(parts) :])
            if self.settings.gradient_clip is not None:
                clip_grad_norm_(self.weights, self.settings.gradient_clip)
            self.optimizer.step()
            self.optimizer.zero_grad()
            if self.settings.schedule_by == "step":
                self.schedule.step()
        # Together: thousands of small tensors kept between large ones make memory grow with each
        self.totals.append(_columns(totals))

    def _batch(self, rows: Examples, chosen: Chosen, *, training: bool) -> Batch:
        X = rows.X.take(chosen)
        if training:
            X = augment(X, self.settings.augmentation)
        if self.settings.channels_last and X.ndim == 4:  # and no features
            X = X.to(memory_format=torch.channels_last)
        y = None if rows.y is None else rows.y.take(chosen)
        return Batch(X, y, self.epoch, self.part.n_epochs)

    def _backward(self, total: Total, *, alone: bool) -> None:
        """Add to the gradients: of the mean, or of the sum where further batches follow."""
        if self.trainer.world_size == 1:
            total.sum.backward(self._gradient(total) if alone else None)
            return
        # Processes average their gradients, of which each has a share of the sum
        weight = self._over_processes(_tensor(total)[1]) if alone else total.sum.new_tensor(1.0)
        self.manual_backward(total.sum * (self.trainer.world_size / weight).to(total.sum.dtype))

    def _gradient(self, total: Total) -> Tensor:
        """Return what the gradient of a sum is multiplied by to be that of the mean."""
        if isinstance(total.weight, Tensor):
            return (1 / total.weight.clamp(min=1e-12)).to(total.sum.dtype)
        known = total.weight, total.sum.dtype
        if known not in self.gradients:
            self.gradients[known] = total.sum.new_tensor(1 / total.weight)
        return self.gradients[known]

    def _divide(self, totals: list[Total]) -> None:
        """Make gradients of sums those of the mean over all batches of a step."""
        weight = self._over_processes(_columns(totals)[1].sum())
        for weights in self.weights:
            if weights.grad is not None:
                weights.grad /= weight.to(weights.grad.dtype)

    def _share(self, rows: Tensor) -> Tensor:
        """Return the rows of a batch that this process learns from."""
        if self.trainer.world_size == 1:
            return rows
        return rows.tensor_split(self.trainer.world_size)[self.trainer.global_rank]

    def _over_processes(self, value: Tensor) -> Tensor:
        """Return the sum of what every process has."""
        if self.trainer.world_size == 1:
            return value
        total: Tensor = self.trainer.strategy.reduce(value, reduce_op="sum")
        return total

    @override
    def on_validation_epoch_start(self) -> None:
        self.measured: dict[str, list[Total]] = {}

    @override
    def validation_step(self, rows: slice, _: int) -> None:
        assert self.held is not None
        batch = self._batch(self.held, rows, training=False)
        for name, total in self.objective.measures(self.divided.rest, batch).items():
            self.measured.setdefault(name, []).append(total)

    @override
    def on_train_epoch_end(self) -> None:
        sums, weights = (
            self._over_processes(torch.cat(each)) for each in zip(*self.totals, strict=True)
        )
        means = (sums / weights.to(sums.dtype)).cpu()
        metrics = {"train_loss": float(np.average(means, weights=weights.cpu()))}
        if self.held is not None:
            for name, totals in self.measured.items():
                mean = self.objective.told(name, _mean(totals))
                metrics[f"validation_{name}"] = mean.item()
            self.log("validation_loss", metrics["validation_loss"])
        metrics["learning_rate"] = self.optimizer.param_groups[0]["lr"]
        if self.part.of > 1:
            metrics["phase"] = self.part.number
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(metrics.get("validation_loss", metrics["train_loss"]))
        elif self.settings.schedule_by == "epoch":
            self.schedule.step()
        self.history.append({"epoch": self.epoch + 1, **metrics})
        if self.on_epoch:
            self.on_epoch(self.epoch + 1, metrics)

    @override
    def on_fit_end(self) -> None:
        # Lightning's objects refer to each other, so rows would stay in memory long after a fit
        self.learn, self.held = Examples(batches.Whole(torch.empty(0)), None), None

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    @override
    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]
        if self.on_epoch:  # who was not told before a kill hears of them now
            for done in self.history[self.before :]:
                metrics = {name: value for name, value in done.items() if name != "epoch"}
                self.on_epoch(int(done["epoch"]), metrics)


def _columns(totals: list[Total]) -> tuple[Tensor, Tensor]:
    """Return the sums and the weights of all batches, (n_batches,) each."""
    sums, weights = zip(*map(_tensor, totals), strict=True)
    return torch.stack(sums), torch.stack(weights)


def _tensor(total: Total) -> tuple[Tensor, Tensor]:
    weight = torch.as_tensor(total.weight, dtype=torch.float64, device=total.sum.device)
    return total.sum, weight


def _mean(totals: list[Total]) -> Tensor:
    """Return the mean over all batches, in the precision of their sums."""
    sums, weights = _columns(totals)
    return sums.double().sum().to(sums.dtype) / weights.sum().to(sums.dtype)
