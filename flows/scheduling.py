"""Scheduling of stages: each runs as soon as what it needs is done and its slots are free.

Knows nothing of Prefect: `submit` runs a stage somewhere and tells how it ended.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

from flows.durations import UNKNOWN, Durations, whole
from flows.plan import Plan
from flows.progress import Display
from flows.slots import Lending

FLUSH = 5.0  # seconds between two writes of dvc.lock, at least
SHARE = 0.05  # of the time at most goes into writing it


@dataclass(frozen=True)
class Ending:
    """How a stage ended."""

    outcome: Literal["done", "restored", "unchanged", "failed", "skipped", "stopped"]
    seconds: float = 0.0
    why: str = ""
    log: Path | None = None
    users: bool = False
    """Failed by what its user can mend."""


Submit = Callable[[str, Callable[[Ending], None]], None]


class Schedule:
    """The stale stages of a plan on their way from waiting to ended."""

    def __init__(
        self,
        plan: Plan,
        submit: Submit,
        display: Display,
        cancel: threading.Event,
        durations: Durations,
    ) -> None:
        self.endings: dict[str, Ending] = {}
        self._plan = plan
        self._submit = submit
        self._display = display
        self._cancel = cancel
        self._durations = durations
        self._expected = {a: durations.expected(a) or UNKNOWN for a in plan.stale}
        self._lending = Lending(plan.params.flow.slots)
        self._waiting = plan.order(self._expected)
        self._running: dict[str, float] = {}
        self._heard: SimpleQueue[tuple[str, Ending]] = SimpleQueue()
        self._next_flush = time.monotonic() + FLUSH

    def run(self) -> dict[str, Ending]:
        """Run every stage, or say why not; what is done is in dvc.lock at the end, come what may."""
        known = all(map(self._durations.known, self._waiting))
        self._display.begin(len(self._waiting), self._left(), known)
        try:
            while self._waiting or self._running:
                self._begin_what_can()
                self._hear()
        except BaseException:
            self._cancel.set()
            while self._running:
                self._hear()
            raise
        finally:
            self._plan.dag.opened.flush()
            self._durations.save()
        return self.endings

    def _begin_what_can(self) -> None:
        for address in list(self._waiting):
            if self._cancel.is_set():
                self._drop(address, Ending("stopped"))
            elif self._plan.needs[address] <= self.endings.keys() and self._lending.take(
                self._plan.limits(address)
            ):
                self._waiting.remove(address)
                self._submit(address, lambda ending, a=address: self._heard.put((a, ending)))  # type: ignore[misc]
                self._running[address] = time.monotonic()

    def _hear(self) -> None:
        """Wait until a stage has ended, or dvc.lock is due."""
        if not self._running:
            return
        try:
            address, ending = self._heard.get(timeout=max(0, self._next_flush - time.monotonic()))
        except Empty:
            self._flush()
            return
        del self._running[address]
        self._lending.give_back(self._plan.limits(address))
        if ending.outcome == "done":
            self._durations.record(address, ending.seconds)
        self._end(address, ending)
        if ending.outcome == "failed":
            for follower in sorted(self._plan.followers(address) & set(self._waiting)):
                self._drop(follower, Ending("skipped", why=f"{address} failed"))

    def _drop(self, address: str, ending: Ending) -> None:
        self._waiting.remove(address)
        self._end(address, ending)

    def _end(self, address: str, ending: Ending) -> None:
        self.endings[address] = ending
        self._display.ended(address, ending.outcome, ending.seconds, self._left(), ending.why)

    def _flush(self) -> None:
        began = time.monotonic()
        self._plan.dag.opened.flush()
        took = time.monotonic() - began
        self._next_flush = time.monotonic() + max(FLUSH, took / SHARE)

    def _left(self) -> float:
        now = time.monotonic()
        left = {
            address: max(0.0, seconds - (now - self._running.get(address, now)))
            for address, seconds in self._expected.items()
            if address not in self.endings
        }
        needs = {address: self._plan.needs[address] & left.keys() for address in left}
        return whole(left, needs, self._plan.params.flow)
