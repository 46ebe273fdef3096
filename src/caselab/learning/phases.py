"""Phases of a training: which blocks of a network learn, how fast, and for how long.

A training without phases is one phase in which all learns. Each starts from the best weights of the
one before, with an optimizer, a schedule and a patience of its own; its learning-rate schedule
spans its own epochs. So a pretrained network first has its new head trained, then its last blocks
at a lower rate:

    phases: [{epochs: 3, learn: [head]}, {epochs: 10, learning_rate: 0.0001, learn: [head, blocks.5]}]
"""

from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from caselab.errors import UserError
from caselab.learning.training import Phase, Training


@dataclass(frozen=True)
class Part:
    """One phase in the course of a training."""

    number: int  # from 1
    of: int  # how many there are
    n_epochs: int  # most epochs of all phases
    training: Training  # with this phase's own words in it
    phase: Phase


def parts(training: Training) -> list[Part]:
    """Return the phases of a training, in order."""
    phases = training.phases or (Phase(epochs=training.max_epochs),)
    total = sum(phase.epochs for phase in phases)
    found = []
    for number, phase in enumerate(phases, start=1):
        own = replace(
            training,
            max_epochs=phase.epochs,
            learning_rate=phase.learning_rate or training.learning_rate,
            augmentation=phase.augmentation or training.augmentation,
            phases=(),
        )
        found.append(Part(number, len(phases), total, own, phase))
    return found


def check(network: nn.Module, part: Part) -> None:
    """Refuse a phase of a block that the network does not have.

    Raises:
        UserError: there is one.
    """
    for block in part.phase.learn:
        if not _has(network, block):
            raise _unknown(network, block)


def groups(network: nn.Module, part: Part) -> list[dict[str, Any]]:
    """Return the weights that learn in a phase, by learning rate, and hold all others still."""
    factors = part.phase.learn
    if not factors:
        network.requires_grad_(requires_grad=True)
        return [{"params": list(network.parameters())}]
    if not isinstance(factors, dict):
        factors = dict.fromkeys(factors, 1.0)
    members: dict[str, list[nn.Parameter]] = {block: [] for block in factors}
    for path, weights in network.named_parameters():
        blocks = [block for block in factors if f"{path}.".startswith(f"{block}.")]
        weights.requires_grad_(bool(blocks))
        if blocks:  # of nested blocks the innermost says how fast
            members[max(blocks, key=len)].append(weights)
    rate = part.training.learning_rate
    return [
        {"params": weights, "lr": rate * factors[block]}
        for block, weights in members.items()
        if weights
    ]


def set_modes(network: nn.Module) -> None:
    """Have what does not learn answer as in use: no dropout, and no new means of batches."""
    network.train()
    for module in network.modules():
        weights = list(module.parameters())
        if weights and not any(each.requires_grad for each in weights):
            module.eval()


def _has(network: nn.Module, block: str) -> bool:
    return any(f"{path}.".startswith(f"{block}.") for path, _ in network.named_parameters())


def _unknown(network: nn.Module, block: str) -> UserError:
    blocks = [
        path
        for path, child in network.named_children()
        if next(child.parameters(), None) is not None
    ]
    return UserError(
        f"training.phases names a block {block!r}, which {type(network).__name__} does not have; "
        f"its blocks are {', '.join(blocks)}, and what lies in them."
    )
