"""A role in which a version of a case answers: its worker, started again when it dies, changed when the role goes to another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal

from starlette.exceptions import HTTPException

from caselab.cases import Case
from caselab.errors import UserError
from caselab.params.operating import Serving
from caselab.serving import console
from caselab.serving.bodies import Question
from caselab.serving.lines import Answer, Line
from caselab.serving.measures import Measures
from caselab.serving.workers import Worker

LONGEST_PAUSE = 60.0
"""Seconds between two tries to start what does not start."""

MOST_DOUBLINGS = 30
"""Of the pause: more, of failures that go on for hours, no float would hold."""

LOADING = "it is being loaded"

Role = Literal["champion", "challenger"]
Look = Callable[[], Mapping[str, Any] | None]
Start = Callable[[Mapping[str, Any]], Worker]


class Seat:
    """One role of a case that is served."""

    def __init__(
        self,
        case: Case,
        role: Role,
        settings: Serving,
        measures: Measures,
        look: Look,
        start: Start,
    ):
        """`look` tells which version has the role, None where none has, and `start` starts it.

        Both may take long.
        """
        self.case, self.role, self.settings, self.measures = case, role, settings, measures
        self.worker: Worker | None = None
        self.problem = LOADING
        """Why the version that has the role does not answer; empty where it does."""
        self.line = Line(
            case.name, role, settings, measures, self._fit, alone=case.aggregate is not None
        )
        self._look, self._start = look, start
        self._known: tuple[Any, ...] | None = None  # who the worker is
        self._wake, self._changed = asyncio.Event(), asyncio.Event()
        self._failures, self._next_try = 0, 0.0
        self._tried: tuple[Any, ...] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_ready(self) -> bool:
        """Whether a version can answer."""
        return self.worker is not None and self.worker.is_alive

    @property
    def failed(self) -> bool:
        """Whether the last try to start a version has failed."""
        return self._failures > 0

    def begin(self) -> None:
        """Start what goes on until `end`."""
        self._tasks = [asyncio.create_task(work) for work in (self._keep(), self.line.work())]

    def wake(self) -> None:
        """Have it look who has the role, now."""
        self._wake.set()

    async def end(self, deadline: float) -> None:
        """Answer who waits, until a moment of the monotonic clock; then end the worker."""
        while self.is_ready and not self.line.is_idle and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self.line.fail("the server ends")
        self.line.close()
        if self.worker is not None:
            self.worker.close()

    async def ask(self, question: Question, how: Mapping[str, Any]) -> Answer:
        """Return answers and who gave them; see `Line.ask`."""
        if not self.is_ready and self._failures:
            raise HTTPException(503, f"Not answered: {self.problem}", {"Retry-After": "5"})
        start = time.perf_counter()
        answered = await self.line.ask(question, how)
        seconds = self.measures.asked.labels(self.case.name, self.role)
        seconds.observe(time.perf_counter() - start)
        return answered

    async def _fit(self) -> Worker:
        """Wait for a worker that can be asked."""
        while True:
            if self.worker is not None and self.worker.is_alive:
                return self.worker
            if self._failures:
                self.line.fail(self.problem)
            self._changed.clear()
            self._wake.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self.settings.poll)

    async def _keep(self) -> None:
        """Keep the worker that of the version that has the role, and alive."""
        while True:
            try:
                await self._once()
            except UserError as error:
                self._failed(str(error))
            except Exception as error:  # what is not foreseen must not end the server
                self._failed(f"{type(error).__name__}: {error}")
            self._tell()
            self._changed.set()
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.settings.poll)

    async def _once(self) -> None:
        found = await asyncio.to_thread(self._look)
        if found is None:
            await self._leave()
            return
        key = (found["store"], found["version"], found["folder"], found.get("sha256"))
        if self.is_ready and key == self._known:
            self.problem, self._failures = "", 0
            return
        if key != self._tried:
            self._tried, self._failures, self._next_try = key, 0, 0.0
            self.problem = "" if self.is_ready else LOADING
        if time.monotonic() < self._next_try:
            return
        new = await self._started(found)
        old, self.worker, self._known = self.worker, new, key
        self.problem, self._failures = "", 0
        if old is not None:
            while self.line.asking is old:  # what it was asked last it answers
                await asyncio.sleep(0.005)
            old.close()

    async def _leave(self) -> None:
        """Let nobody have the role: who waits is answered, then the worker ends."""
        deadline = time.monotonic() + self.settings.time_limit
        while self.is_ready and not self.line.is_idle and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        old, self.worker, self._known = self.worker, None, None
        self.problem, self._failures, self._tried = "", 0, None
        self.line.fail("the trial has ended")
        if old is not None:
            old.close()

    async def _started(self, found: Mapping[str, Any]) -> Worker:
        """Start a worker; one that comes when the server is ending ends at once."""
        self.measures.starts.labels(self.case.name, self.role).inc()
        starting = asyncio.create_task(asyncio.to_thread(self._start, found))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(Exception):
                (await starting).close()
            raise

    def _failed(self, why: str) -> None:
        is_new, self.problem = why != self.problem, why
        self._failures += 1
        pause = self.settings.poll * 2.0 ** min(self._failures, MOST_DOUBLINGS)
        self._next_try = time.monotonic() + min(LONGEST_PAUSE, pause)
        if is_new:
            console.tell(" ".join(why.split()))

    def _tell(self) -> None:
        version = self.worker.version if self.worker else 0
        self.measures.version.labels(self.case.name, self.role).set(version)
        self.measures.ready.labels(self.case.name, self.role).set(self.is_ready)
