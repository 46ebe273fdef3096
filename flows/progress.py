"""Progress of a run: moving lines on a terminal, one line per ended stage elsewhere."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table

from caselab.numbers import counted

SIGNS = {
    "failed": "[red]✗[/]",
    "stopped": "[yellow]-[/]",
}
BAR = 16  # columns


class Display(Protocol):
    """Who hears what happens; called from the stages' threads, used as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def begin(self, count: int, left: float, known: bool) -> None:
        """Hear how many stages are to run, and the seconds they are expected to take.

        Without `known` some of them have never run, and may take far longer than others did.
        """

    def started(self, address: str, expected: float | None) -> None:
        """Hear that a stage runs, and how many seconds it took before."""

    def epoch(self, address: str, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Hear that a network has learned for another epoch."""

    def ended(self, address: str, outcome: str, seconds: float, left: float, why: str = "") -> None:
        """Hear how a stage ended, and how many seconds the rest is expected to take."""

    def note(self, text: str) -> None:
        """Hear anything else that is worth a line."""


class Lines:
    """One line per ended stage, for logs and pipes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._count = self._ended = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def begin(self, count: int, left: float, known: bool) -> None:
        """Say how much is to do."""
        self._count = count
        expected = f"about {clock(left)}" if known else f"{clock(left)} or more: some never ran yet"
        self._say(f"{counted(count, 'stage')} to run, {expected}")

    def started(self, address: str, expected: float | None) -> None:
        """Keep still: the end is worth a line, the beginning is not."""

    def epoch(self, address: str, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Keep still."""

    def ended(
        self,
        address: str,
        outcome: str,
        seconds: float,
        left: float,  # noqa: ARG002  a screen's business
        why: str = "",
    ) -> None:
        """Say how a stage ended; what was skipped, the summary tells."""
        self._ended += 1
        if outcome == "skipped":
            return
        self._say(f"[{self._ended}/{self._count}] {ending(address, outcome, seconds, why)}")

    def note(self, text: str) -> None:
        """Say it."""
        self._say(text)


@dataclass
class _Running:
    expected: float | None
    began: float = field(default_factory=time.monotonic)
    epoch: str = ""


class Screen:
    """A moving line per running stage and one for the whole; ended stages scroll by above them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._count = self._ended = 0
        self._due = 0.0
        self._about = "about"
        self._spinner = Spinner("dots")
        self._live = Live(
            get_renderable=self._picture, console=console, refresh_per_second=5, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def begin(self, count: int, left: float, known: bool) -> None:
        """Show how much is to do."""
        self._about = "about" if known else "at least"
        self._count, self._due = count, time.monotonic() + left

    def started(self, address: str, expected: float | None) -> None:
        """Add a line."""
        with self._lock:
            self._running[address] = _Running(expected)

    def epoch(self, address: str, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Show the epoch on its line."""
        where = "all rows" if fold is None else f"fold {fold}"
        values = "".join(f", {name} {value:.4g}" for name, value in list(metrics.items())[:1])
        with self._lock:
            if running := self._running.get(address):
                running.epoch = f"{where}, epoch {epoch}{values}"

    def ended(self, address: str, outcome: str, seconds: float, left: float, why: str = "") -> None:
        """Turn the line into one of the ended ones."""
        with self._lock:
            self._running.pop(address, None)
            self._ended += 1
            self._due = time.monotonic() + left
        if outcome == "skipped":  # the summary tells
            return
        sign = SIGNS.get(outcome, "[green]✓[/]")
        self._console.print(f"{sign} {escape(ending(address, outcome, seconds, why))}")

    def note(self, text: str) -> None:
        """Print it above the moving lines."""
        self._console.print(escape(text))

    def _picture(self) -> Table:
        now = time.monotonic()
        table = Table.grid(padding=(0, 1))
        for ratio in (None, None, None, None, 1):
            table.add_column(no_wrap=True, ratio=ratio)
        if not self._count:
            table.add_row(self._spinner, "starting Prefect and the fork server")
            return table
        with self._lock:
            for address, stage in self._running.items():
                took, expected = now - stage.began, stage.expected
                table.add_row(
                    self._spinner,
                    address,
                    ProgressBar(expected or 1, min(took, expected), BAR) if expected else "",
                    clock(took) + (f" of about {clock(expected)}" if expected else ""),
                    stage.epoch,
                )
            left = self._due - now
            table.add_row(
                "",
                f"{self._ended} of {counted(self._count, 'stage')}",
                ProgressBar(self._count or 1, self._ended, BAR),
                f"{self._about} {clock(left)} left" if left > 0 else "",
                "",
            )
        return table


def ending(address: str, outcome: str, seconds: float, why: str = "") -> str:
    """Say how a stage ended: `train@churn-mlp done in 12.3 s`."""
    took = f" in {clock(seconds)}" if outcome in {"done", "failed", "restored"} else ""
    return f"{address} {outcome}{took}" + (f": {why}" if why else "")


def clock(seconds: float) -> str:
    """Return a duration for people: 0.4 s, 12 s, 3:05 min, 1:02 h."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 100:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h"
