"""What a stage is given to tell of its epochs, and to keep what it can go on from."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Tracker(Protocol):
    """Where a stage tells what happens while it runs, and keeps what it can go on from."""

    @property
    def checkpoints(self) -> Path | None:
        """The folder an interrupted fit goes on from; None where it cannot."""

    @property
    def costs(self) -> dict[str, float]:
        """What the stage has measured of itself, such as seconds, by name."""

    def epoch(self, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Report one epoch of the fit for `fold`, None for the fit on all rows."""


@dataclass(frozen=True)
class Untracked:
    """A tracker that keeps checkpoints, where there is a folder for them, and tells nobody."""

    checkpoints: Path | None = None
    costs: dict[str, float] = field(default_factory=dict)

    def epoch(self, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Forget the epoch."""
