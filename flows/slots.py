"""Slots: the cores, memory and GPUs that this machine lends to stages."""

from caselab.params.running import Slots, StageNeeds


def at_once(slots: Slots, needs: StageNeeds) -> int:
    """Return how many stages of equal needs these slots hold at the same time."""
    shares = [slots.cores / needs.cores, slots.memory / needs.memory]
    shares += [slots.gpu / needs.gpu] if needs.gpu else []
    return int(min(shares))


ROUNDING = 1e-9
"""What sums of shares are off by when all are given back: 4.0 - 0.7 - 0.1 + 0.7 + 0.1 is not 4.0."""


class Lending:
    """What is free of `slots`; used by the scheduling thread alone."""

    def __init__(self, slots: Slots) -> None:
        self.cores: float = slots.cores
        self.memory: float = slots.memory
        self.gpu: float = slots.gpu

    def take(self, needs: StageNeeds) -> bool:
        """Lend what a stage needs if all of it is free."""
        asked = (needs.cores, self.cores), (needs.memory, self.memory), (needs.gpu, self.gpu)
        if any(much > free + ROUNDING for much, free in asked):
            return False
        self._move(needs, -1)
        return True

    def give_back(self, needs: StageNeeds) -> None:
        """Take back what a stage had."""
        self._move(needs, 1)

    def _move(self, needs: StageNeeds, sign: int) -> None:
        self.cores += sign * needs.cores
        self.memory += sign * needs.memory
        self.gpu += sign * needs.gpu
