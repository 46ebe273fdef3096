"""Train a network: a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning import Trainer
from torch import Tensor, nn

from caselab.errors import UserError
from caselab.learning import augmentation, checkpoints, sessions
from caselab.learning.callbacks import Checkpoint, CheckpointFiles, EarlyStopping
from caselab.learning.initializers import initialize
from caselab.learning.isolation import isolated
from caselab.learning.learner import Learner, Measure
from caselab.learning.training import Training
from caselab.learning.validation import evened, hold_out, resampled


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    `X` (n_samples, ...) and `y` (n_samples,) or (n_samples, 1); `classes` (n_samples,) where the
    rows held out are to be stratified.
    """

    X: np.ndarray
    y: np.ndarray
    classes: np.ndarray | None
    loss: nn.Module
    scores: Mapping[str, Measure]
    sampler: Any = None  # balances the classes of what is learned from


@dataclass(frozen=True)
class Fit:
    """What came out: the weights of the best epoch, its number, and each epoch's metrics."""

    weights: dict[str, np.ndarray]
    best_epoch: int
    history: list[dict[str, float]]


def fit(
    build: Callable[[], nn.Module], task: Task, training: Training, seed: int, settings: str
) -> Fit:
    """Train what `build` returns, going on from the session's checkpoint where there is one.

    Args:
        build: returns the network, with weights drawn from torch's random numbers.
        task: what is to be learned.
        training: how.
        seed: of everything random.
        settings: text that differs wherever a checkpoint must not be shared.

    Raises:
        UserError: no accelerator of that name, a loss that is no longer finite, or pictures are to
            be changed where there are none.
    """
    augmentation.check(training, task.X)
    session = sessions.current()
    path = None
    if session.checkpoints:
        path = session.checkpoints / checkpoints.file_name(f"{settings} {seed}", task.X, task.y)
    checkpoint = checkpoints.read(path) if path else None
    if checkpoint and "fit" in checkpoint:
        return _restored(checkpoint["fit"])
    with isolated(seed):
        network = build()
        initialize(network, training.initialization)
        learner = _learner(network, task, training, seed, session.on_epoch)
        stopping = EarlyStopping(network, training.patience)
        trainer = _trainer(training, learner, stopping, path, session.every)
        trainer.fit(learner, ckpt_path=path if checkpoint else None, weights_only=True)
    done = _fit(learner, stopping)
    if path:
        weights = {name: torch.from_numpy(array) for name, array in done.weights.items()}
        checkpoints.write({"fit": {**vars(done), "weights": weights}}, path)
    return done


def _learner(
    network: nn.Module,
    task: Task,
    training: Training,
    seed: int,
    on_epoch: sessions.OnEpoch | None,
) -> Learner:
    learn, held = hold_out(len(task.X), training.validation_fraction, seed, task.classes)

    if task.sampler is not None and task.classes is not None:
        held = held[evened(task.classes[held])]

    def rows(X: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        # Copied to memory of torch's own, which is aligned alike in every process
        return torch.tensor(X), torch.tensor(y)

    return Learner(
        network=network,
        loss=task.loss,
        scores=task.scores,
        learn=rows(*resampled(task.sampler, task.X[learn], task.y[learn])),
        held=rows(task.X[held], task.y[held]) if len(held) else None,
        training=training,
        seed=seed,
        on_epoch=on_epoch,
    )


def _trainer(
    training: Training, learner: Learner, stopping: EarlyStopping, path: Path | None, every: float
) -> Trainer:
    if training.accelerator == "gpu" and not _has_gpu():
        raise UserError(
            "training.accelerator is 'gpu', but torch finds none here; set it to auto or cpu."
        )
    has_validation = learner.X_held is not None
    return Trainer(
        accelerator=training.accelerator,
        devices=1,
        precision=training.precision,
        max_epochs=training.max_epochs,
        limit_val_batches=None if has_validation else 0,
        num_sanity_val_steps=0,
        callbacks=[
            *([stopping] if has_validation else []),
            *([Checkpoint(path, every)] if path else []),
        ],
        enable_checkpointing=path is not None,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        plugins=[CheckpointFiles(), LightningEnvironment()],  # one process, on a cluster too
    )


def _has_gpu() -> bool:
    return torch.cuda.is_available() or torch.backends.mps.is_available()


def _fit(learner: Learner, stopping: EarlyStopping) -> Fit:
    last = learner.history[-1]
    if not (stopping.best_weights or np.isfinite(last.get("validation_loss", last["train_loss"]))):
        raise UserError(
            f"The loss is not finite after {last['epoch']} epochs of training; lower "
            "training.learning_rate, or set training.gradient_clip."
        )
    weights = stopping.best_weights or learner.network.state_dict()
    return Fit(
        weights={name: tensor.cpu().numpy() for name, tensor in weights.items()},
        best_epoch=stopping.best_epoch or len(learner.history),
        history=learner.history,
    )


def _restored(state: dict[str, Any]) -> Fit:
    weights = {name: tensor.numpy() for name, tensor in state["weights"].items()}
    return Fit(**{**state, "weights": weights})
