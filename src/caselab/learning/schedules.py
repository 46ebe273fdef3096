"""Learning-rate schedules by name. All step once an epoch, or once a step of the optimizer.

`decay_factor` and `decay_epochs` mean the same in all: the rate falls to that factor of itself in
that many epochs, at once (`step`), evenly (`exponential`), ever more slowly (`inverse_time`), or
whenever the loss has not fallen for so long (`plateau`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch.optim import Optimizer
from torch.optim import lr_scheduler as torch_schedules
from torch.optim.lr_scheduler import LRScheduler

from caselab.errors import UserError
from caselab.learning.training import Training


@dataclass(frozen=True)
class Pace:
    """How long a schedule takes, in its own steps: epochs, or steps of the optimizer."""

    total: int
    decay: int
    warmup: int
    factor: float  # by which the rate falls in `decay`

    @classmethod
    def of(cls, training: Training, epochs: int, steps: int) -> "Pace":
        """Return the pace of a training of `epochs`, each of so many `steps` of the optimizer.

        Raises:
            UserError: the schedule cannot follow steps, or steps are given to one that does not.
        """
        by_step = training.schedule_by == "step"
        if by_step and training.schedule == "plateau":
            raise UserError(
                "training.schedule is 'plateau', which follows the loss of an epoch, but "
                "training.schedule_by is 'step'; set it to epoch."
            )
        if training.warmup_steps is not None and not by_step:
            raise UserError(
                "training.warmup_steps counts steps, but training.schedule_by is 'epoch'; set it "
                "to step, or use training.warmup_epochs."
            )
        each = steps if by_step else 1
        warmup = training.warmup_steps or training.warmup_epochs * each
        return cls(epochs * each, training.decay_epochs * each, warmup, training.decay_factor)


def none(optimizer: Optimizer, _: Pace) -> LRScheduler:
    """Keep the rate."""
    return torch_schedules.ConstantLR(optimizer, factor=1.0)


def step(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Drop it every so many epochs."""
    return torch_schedules.StepLR(optimizer, pace.decay, pace.factor)


def exponential(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Let it fall evenly."""
    return torch_schedules.ExponentialLR(optimizer, pace.factor ** (1 / pace.decay))


def inverse_time(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Let it fall as 1 / (1 + decay · t) (Robbins, Monro 1951; Bottou 2012)."""
    speed = (1 / pace.factor - 1) / pace.decay
    return torch_schedules.LambdaLR(optimizer, lambda t: 1 / (1 + speed * t))


def cosine(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Let it fall to zero along half a cosine (Loshchilov, Hutter 2017)."""
    return torch_schedules.CosineAnnealingLR(optimizer, pace.total)


def plateau(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Drop it when the validation loss stops falling (without validation, the training loss)."""
    # torch waits for one epoch more than `patience`
    return torch_schedules.ReduceLROnPlateau(optimizer, factor=pace.factor, patience=pace.decay - 1)


def warmup(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Rise to the full rate, then keep it (Goyal et al. 2017)."""
    return torch_schedules.LinearLR(optimizer, 1 / (pace.warmup + 1), total_iters=pace.warmup)


def warmup_cosine(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Rise to the full rate, then fall to zero along half a cosine."""
    long = min(pace.warmup, pace.total - 1)
    rise = torch_schedules.LinearLR(optimizer, 1 / (long + 1), total_iters=max(long, 1))
    fall = torch_schedules.CosineAnnealingLR(optimizer, pace.total - long)
    return torch_schedules.SequentialLR(optimizer, [rise, fall], milestones=[long])


def warmup_inverse_sqrt(optimizer: Optimizer, pace: Pace) -> LRScheduler:
    """Rise to the full rate, then fall as 1 / sqrt(t) (Vaswani et al. 2017)."""
    return torch_schedules.LambdaLR(
        optimizer, lambda t: min((t + 1) / pace.warmup, (pace.warmup / (t + 1)) ** 0.5)
    )


schedules: dict[str, Callable[[Optimizer, Pace], LRScheduler]] = {
    "none": none,
    "step": step,
    "exponential": exponential,
    "inverse_time": inverse_time,
    "cosine": cosine,
    "plateau": plateau,
    "warmup": warmup,
    "warmup_cosine": warmup_cosine,
    "warmup_inverse_sqrt": warmup_inverse_sqrt,
}
