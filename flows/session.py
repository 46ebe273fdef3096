"""A run at work: every stale stage in a process of its own, then the gate of each case.

Knows nothing of Prefect, which neither delays nor fails a stage: what begins is put in `steps`, for
whoever reports it (flows/walk.py) to follow.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue

from caselab.errors import UserError
from caselab.project import addresses, places
from caselab.stages import process
from caselab.tracking import store
from flows import case_pages, outcomes, promotion, stage
from flows.durations import Durations
from flows.plan import Plan
from flows.progress import Display
from flows.scheduling import Ending, Schedule


@dataclass(frozen=True)
class Step:
    """A stage or a gate that has begun, and its ending when it has ended."""

    address: str
    needs: frozenset[str] = frozenset()
    ending: "Future[Ending]" = field(default_factory=Future)


@dataclass
class Session:
    """A run that was prepared, and what comes of it."""

    plan: Plan
    display: Display
    cancel: threading.Event = field(default_factory=threading.Event)
    endings: dict[str, Ending] = field(default_factory=dict)
    promotions: dict[str, str] = field(default_factory=dict)
    """What came of each case's candidate, in a sentence."""
    steps: "SimpleQueue[Step | None]" = field(default_factory=SimpleQueue)
    """All that has begun, in that order, and None when nothing more will."""

    def carry_out(self) -> None:
        """Run what is stale, then let the candidates meet their gates."""
        try:
            durations = Durations(self.plan.params)
            self.plan.dag.opened.tell_of_waiting(self._tell_once())
            for path in self.plan.dag.opened.remove_orphans():
                self.display.note(f"Removed {path}: no block of params.yaml owns it any more.")
            for path, place in self.plan.dag.opened.set_strays_aside().items():
                self.display.note(f"Moved {path} to {place}: no block of params.yaml owns it.")
            _create_store(self.plan, self.cancel)
            run = partial(self._run, durations)

            def submit(address: str, tell: Callable[[Ending], None]) -> None:
                self._begin(address, self.plan.needs[address], lambda: run(address), tell)

            schedule = Schedule(self.plan, submit, self.display, self.cancel, durations)
            self.endings = schedule.endings
            schedule.run()
            if not self.cancel.is_set():
                self.promotions = promotion.promote_candidates(
                    self.plan, self.endings, self.cancel, self._begin
                )
                compared = outcomes.compared(self.plan, self.endings)
                case_pages.write(self.plan, compared, self.cancel, self.display.note)
        finally:
            self.steps.put(None)

    def _tell_once(self) -> Callable[[str], bool]:
        """Return what notes for what a stage waits, until the run is stopped."""
        told: set[str] = set()

        def tell(word: str) -> bool:
            if word not in told:
                told.add(word)
                self.display.note(word)
            return not self.cancel.is_set()

        return tell

    def _begin(
        self,
        address: str,
        needs: frozenset[str],
        work: Callable[[], Ending],
        tell: Callable[[Ending], None] = lambda _: None,
    ) -> Callable[[], Ending]:
        """Do the work of a step in a thread of its own, and tell of it; return what waits for it."""
        step = Step(address, needs)
        self.steps.put(step)

        def end() -> None:
            try:
                ending = work()
            except BaseException as error:  # our own fault, told as the step's
                ending = Ending("failed", why=f"{type(error).__name__}: {error}")
            step.ending.set_result(ending)
            tell(ending)

        threading.Thread(target=end, daemon=True).start()
        return step.ending.result

    def _run(self, durations: Durations, address: str) -> Ending:
        """Run a stage, again where that is worth it; return how it ended."""
        limits = self.plan.limits(address)
        began = time.monotonic()
        attempt = 1
        while True:
            try:
                return stage.run(
                    self.plan,
                    address,
                    attempt=attempt,
                    cancel=self.cancel,
                    on_start=lambda: self.display.started(
                        address, durations.expected(address) if durations.known(address) else None
                    ),
                    on_epoch=partial(self.display.epoch, address),
                )
            except process.StageStoppedError:
                return Ending("stopped", time.monotonic() - began)
            except UserError as error:
                return Ending("failed", time.monotonic() - began, str(error), users=True)
            except process.StageError as error:
                if attempt > limits.retries or self.cancel.is_set():
                    seconds = time.monotonic() - began
                    return Ending("failed", seconds, error.reason, error.log)
                self.display.note(f"{address}: {error}; trying again.")
            attempt += 1
            self.cancel.wait(limits.retry_delay)


def _create_store(plan: Plan, cancel: threading.Event) -> None:
    """Let MLflow's database be built while the first stages run: it takes seconds."""

    def create() -> None:
        with suppress(
            UserError, process.StageError, process.StageStoppedError
        ):  # told by who writes
            log = places.log("store")
            process.call_in_fork("caselab.tracking.store:create", log=log, cancel=cancel)

    if plan.verbs() & addresses.LEAVES.keys() and not store.is_off() and not store.identity():
        threading.Thread(target=create, daemon=True).start()
