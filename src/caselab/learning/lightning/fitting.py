"""Train a network: a recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning import Trainer
from torch import nn

from caselab.errors import UserError
from caselab.learning import augmentation, batches, phases, pretrained, sessions
from caselab.learning.batches import Sequences
from caselab.learning.layers.convolutions import by_pixel
from caselab.learning.layers.initializers import initialize
from caselab.learning.lightning import checkpoints, processes
from caselab.learning.lightning.callbacks import Checkpoint, CheckpointFiles, EarlyStopping
from caselab.learning.lightning.isolation import isolated
from caselab.learning.lightning.learner import Examples, Learner
from caselab.learning.lightning.tasks import Fit, Task, restored, stored
from caselab.learning.objectives import Own
from caselab.learning.training import Training
from caselab.learning.validation import Subset


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
        UserError: no accelerator of that name, a loss that is no longer finite, a phase of a block
            that the network does not have, or pictures are to be changed where there are none.
    """
    if training.devices > 1 and not processes.inside():
        return processes.fit(build, task, training, seed, settings)
    parts = phases.parts(training)
    shape = () if isinstance(task.X, Sequences) else task.X.shape
    for part in parts if shape else ():
        augmentation.check(part.training.augmentation, shape, task.dtype)
    if training.channels_last and len(shape) != 4:
        raise UserError(
            "training.channels_last lays out pictures, but this network is given none; remove it."
        )
    if training.group_by_length and shape and (len(shape) != 2 or task.dtype != np.int64):
        raise UserError(
            "training.group_by_length sorts texts by their words, but this network reads none; "
            "remove it."
        )
    session = sessions.current()
    path = None
    if session.checkpoints:
        rows = (task.X, task.y, task.split.groups, task.split.times)
        path = session.checkpoints / checkpoints.file_name(f"{settings} {seed}", *rows)
    with isolated(seed):
        network = build()
        initialize(network, training.initialization)
        if training.channels_last:
            network = by_pixel(network)
        if training.compile:
            network.compile()
        told = pretrained.start_from(network)
        done = None
        for part in parts:
            phases.check(network, part)  # a wrong name in the last costs none of the first
        for part in parts:
            done = _phase(network, task, part, seed, _file(path, part), session, done)
            weights = {name: torch.from_numpy(array) for name, array in done.weights.items()}
            network.load_state_dict(weights)
    assert done is not None  # a training has a phase
    return replace(done, pretrained=told)


def _file(path: Path | None, part: phases.Part) -> Path | None:
    """Return where a phase has its checkpoint, and in the end what came out of it."""
    if path is None or part.of == 1:
        return path
    return path.with_stem(f"{path.stem}-{part.number}")


def _phase(
    network: nn.Module,
    task: Task,
    part: phases.Part,
    seed: int,
    path: Path | None,
    session: sessions.Session,
    before: Fit | None,
) -> Fit:
    checkpoint = checkpoints.read(path) if path else None
    if checkpoint and "fit" in checkpoint:
        return restored(checkpoint["fit"])
    history = [*before.history] if before else []
    learner = _learner(network, task, part, seed, session.on_epoch, history)
    stopping = EarlyStopping(network, part.training.patience)
    trainer = _trainer(part.training, learner, stopping, path, session.every)
    trainer.fit(learner, ckpt_path=path if checkpoint else None, weights_only=True)
    done = _fit(learner, stopping)
    if path and trainer.is_global_zero:
        checkpoints.write({"fit": stored(done)}, path)
    return done


def _learner(
    network: nn.Module,
    task: Task,
    part: phases.Part,
    seed: int,
    on_epoch: sessions.OnEpoch | None,
    history: list[dict[str, float]],
) -> Learner:
    learn, held = task.split.parts(task.X, task.y, part.training.validation_fraction, seed)

    def examples(rows: Subset) -> Examples:
        X, y = batches.source(rows.X, rows.positions, task.dtype), rows.y
        if y is not None:
            y = batches.source(y, rows.positions, _target_dtype(y, task.dtype))
        return Examples(X, y)

    return Learner(
        network=network,
        objective=Own() if hasattr(network, "objective") else task.objective,
        learn=examples(learn),
        held=examples(held) if len(held.positions) else None,
        row_shape=() if isinstance(task.X, Sequences) else task.X.shape[1:],
        part=part,
        seed=seed,
        on_epoch=on_epoch,
        history=history,
    )


def _target_dtype(y: np.ndarray | Sequences, of_inputs: np.dtype | type) -> np.dtype | type:
    """Return classes as they are, and numbers as precise as the network computes."""
    if isinstance(y, Sequences) or y.dtype.kind != "f":
        return np.int64
    return np.float64 if np.dtype(of_inputs) == np.float64 else np.float32


def _trainer(
    training: Training, learner: Learner, stopping: EarlyStopping, path: Path | None, every: float
) -> Trainer:
    if training.accelerator == "gpu" and not _has_gpu():
        raise UserError(
            "training.accelerator is 'gpu', but torch finds none here; set it to auto or cpu."
        )
    has_validation = learner.held is not None
    shared = training.devices > 1
    return Trainer(
        accelerator=training.accelerator,
        devices=training.devices,
        strategy=training.strategy if shared else "auto",
        use_distributed_sampler=False,  # of slices; each process takes its share of a batch
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
        inference_mode=False,  # an objective may take gradients by inputs
        logger=False,
        # Where a fit is one process it is that on a cluster too
        plugins=[CheckpointFiles(), *([] if shared else [LightningEnvironment()])],
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
    best = learner.before + stopping.best_epoch if stopping.best_epoch else len(learner.history)
    return Fit(
        weights={name: tensor.cpu().contiguous().numpy() for name, tensor in weights.items()},
        best_epoch=best,
        history=learner.history,
    )
