"""Optimizers by name.

`fused` asks for torch's one-call step where it has one, which on a CPU takes half the time; None
leaves the choice to torch.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from torch import optim
from torch.optim import Optimizer

from caselab.learning.training import Training

Parameters = Iterable[Any]
"""Weights, or groups of them with a rate of their own, as torch takes them."""
Fused = Literal[True] | None


def sgd(parameters: Parameters, training: Training, fused: Fused = None) -> Optimizer:
    """Step against the gradient (Robbins, Monro 1951)."""
    return optim.SGD(
        parameters, training.learning_rate, weight_decay=training.weight_decay, fused=fused
    )


def momentum(parameters: Parameters, training: Training, fused: Fused = None) -> Optimizer:
    """Step against a decaying sum of gradients (Polyak 1964)."""
    return optim.SGD(
        parameters,
        training.learning_rate,
        momentum=training.momentum,
        weight_decay=training.weight_decay,
        fused=fused,
    )


def nesterov(parameters: Parameters, training: Training, fused: Fused = None) -> Optimizer:
    """Take the gradient where momentum is about to lead (Nesterov 1983; Sutskever et al. 2013)."""
    return optim.SGD(
        parameters,
        training.learning_rate,
        momentum=training.momentum,
        nesterov=True,
        weight_decay=training.weight_decay,
        fused=fused,
    )


def adam(parameters: Parameters, training: Training, fused: Fused = None) -> Optimizer:
    """Scale momentum by the gradients' running size (Kingma, Ba 2015)."""
    return optim.Adam(
        parameters, training.learning_rate, weight_decay=training.weight_decay, fused=fused
    )


def adamw(parameters: Parameters, training: Training, fused: Fused = None) -> Optimizer:
    """Adam with weights decayed apart from the gradient (Loshchilov, Hutter 2019)."""
    return optim.AdamW(
        parameters, training.learning_rate, weight_decay=training.weight_decay, fused=fused
    )


def rmsprop(parameters: Parameters, training: Training, fused: Fused = None) -> Optimizer:  # noqa: ARG001  torch has no fused RMSprop
    """Scale the gradient by its running size (Tieleman, Hinton 2012)."""
    return optim.RMSprop(parameters, training.learning_rate, weight_decay=training.weight_decay)


def adagrad(parameters: Parameters, training: Training, fused: Fused = None) -> Optimizer:
    """Scale the gradient by the size of all before it (Duchi, Hazan, Singer 2011)."""
    return optim.Adagrad(
        parameters, training.learning_rate, weight_decay=training.weight_decay, fused=fused
    )


optimizers: dict[str, Callable[[Parameters, Training, Fused], Optimizer]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adam": adam,
    "adamw": adamw,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
}
