"""Learning-rate schedules by name. All step once an epoch.

`decay_factor` and `decay_epochs` mean the same in all: the rate falls to that factor of itself in
that many epochs, at once (`step`), evenly (`exponential`), or whenever the loss has not fallen for
so long (`plateau`).
"""

from collections.abc import Callable

from torch.optim import Optimizer
from torch.optim import lr_scheduler as torch_schedules
from torch.optim.lr_scheduler import LRScheduler

from caselab.learning.training import Training


def none(optimizer: Optimizer, training: Training) -> LRScheduler:  # noqa: ARG001  same for all
    """Keep the rate."""
    return torch_schedules.ConstantLR(optimizer, factor=1.0)


def step(optimizer: Optimizer, training: Training) -> LRScheduler:
    """Drop it every so many epochs."""
    return torch_schedules.StepLR(optimizer, training.decay_epochs, training.decay_factor)


def exponential(optimizer: Optimizer, training: Training) -> LRScheduler:
    """Let it fall evenly."""
    return torch_schedules.ExponentialLR(
        optimizer, training.decay_factor ** (1 / training.decay_epochs)
    )


def cosine(optimizer: Optimizer, training: Training) -> LRScheduler:
    """Let it fall to zero along half a cosine (Loshchilov, Hutter 2017)."""
    return torch_schedules.CosineAnnealingLR(optimizer, training.max_epochs)


def plateau(optimizer: Optimizer, training: Training) -> LRScheduler:
    """Drop it when the validation loss stops falling (without validation, the training loss)."""
    # torch waits for one epoch more than `patience`
    return torch_schedules.ReduceLROnPlateau(
        optimizer, factor=training.decay_factor, patience=training.decay_epochs - 1
    )


def warmup(optimizer: Optimizer, training: Training) -> LRScheduler:
    """Rise to the full rate, then keep it (Goyal et al. 2017)."""
    epochs = training.warmup_epochs
    return torch_schedules.LinearLR(optimizer, 1 / (epochs + 1), total_iters=epochs)


def warmup_cosine(optimizer: Optimizer, training: Training) -> LRScheduler:
    """Rise to the full rate, then fall to zero along half a cosine."""
    epochs = min(training.warmup_epochs, training.max_epochs - 1)
    rise = torch_schedules.LinearLR(optimizer, 1 / (epochs + 1), total_iters=max(epochs, 1))
    fall = torch_schedules.CosineAnnealingLR(optimizer, training.max_epochs - epochs)
    return torch_schedules.SequentialLR(optimizer, [rise, fall], milestones=[epochs])


schedules: dict[str, Callable[[Optimizer, Training], LRScheduler]] = {
    "none": none,
    "step": step,
    "exponential": exponential,
    "cosine": cosine,
    "plateau": plateau,
    "warmup": warmup,
    "warmup_cosine": warmup_cosine,
}
