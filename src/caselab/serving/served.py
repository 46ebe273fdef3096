"""A case that is served: its champion's worker, started again when it dies, changed when it changes."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException

from caselab.cases import Case
from caselab.errors import UserError
from caselab.params.blocks import Serving
from caselab.registry import asking, champions
from caselab.serving.bodies import Question
from caselab.serving.fields import fields
from caselab.serving.lines import Answer, Line
from caselab.serving.log import Log
from caselab.serving.measures import Measures
from caselab.serving.workers import Worker

LONGEST_PAUSE = 60.0
"""Seconds between two tries to start what does not start."""

Look = Callable[[str], Mapping[str, Any] | None]
Start = Callable[[Mapping[str, Any]], Worker]


def present(case: str) -> Mapping[str, Any] | None:
    """Return what the registry says of the champion now."""
    return champions.champion(case, surely=True)


class Served:
    """One case behind HTTP."""

    def __init__(
        self,
        case: Case,
        settings: Serving,
        measures: Measures,
        *,
        example: Mapping[str, Any] | None = None,
        look: Look = present,
        start: Start = Worker,
    ):
        """`look` tells who is champion, and `start` starts one; both may take long.

        `example` is a record to show what is asked.
        """
        self.case, self.settings, self.measures = case, settings, measures
        self.fields, self.words = fields(case), tuple(asking.words([case.name]))
        self.example = example
        self.worker: Worker | None = None
        self.problem = "it is being loaded"
        """Why the present champion does not answer; empty where it does."""
        self.line = Line(case.name, settings, measures, self._fit, alone=case.aggregate is not None)
        self.log = Log(case.name, settings.hide, measures)
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

    def begin(self) -> None:
        """Start what goes on until `end`."""
        works = (self._keep(), self.line.work(), self.log.work())
        self._tasks = [asyncio.create_task(work) for work in works]

    async def end(self) -> None:
        """Answer who waits, then end the worker, and write the last requests down."""
        deadline = time.monotonic() + self.settings.time_limit
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
        await self.log.flush()

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
        """Keep the worker that of the present champion, and alive."""
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
        found = await asyncio.to_thread(self._look, self.case.name)
        if found is None:
            if self.worker is None:
                raise champions.no_champion(self.case.name)
            found_key = self._known  # the alias was taken away: who answered goes on
        else:
            found_key = (found["store"], found["version"], found["folder"], found.get("sha256"))
        if self.is_ready and found_key == self._known:
            self.problem, self._failures = "", 0
            return
        if found is None:
            raise champions.no_champion(self.case.name)
        if found_key != self._tried:
            self._tried, self._failures, self._next_try = found_key, 0, 0.0
        if time.monotonic() < self._next_try:
            return
        new = await self._started(found)
        old, self.worker, self._known = self.worker, new, found_key
        self.problem, self._failures = "", 0
        if old is not None:
            while self.line.asking is old:  # what it was asked last it answers
                await asyncio.sleep(0.005)
            old.close()

    async def _started(self, found: Mapping[str, Any]) -> Worker:
        """Start a worker; one that comes when the server is ending ends at once."""
        self.measures.starts.labels(self.case.name).inc()
        starting = asyncio.create_task(asyncio.to_thread(self._start, found))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(Exception):
                (await starting).close()
            raise

    def _failed(self, why: str) -> None:
        if why != self.problem:
            sys.stderr.write(f"caselab: {' '.join(why.split())}\n")
        self.problem = why
        self._failures += 1
        pause = min(LONGEST_PAUSE, self.settings.poll * 2**self._failures)
        self._next_try = time.monotonic() + pause

    def _tell(self) -> None:
        name, version = self.case.name, self.worker.version if self.worker else 0
        self.measures.version.labels(name).set(version)
        self.measures.ready.labels(name).set(self.is_ready)

    async def ask(self, question: Question, how: Mapping[str, Any]) -> Answer:
        """Return answers and who gave them; see `Line.ask`."""
        if not self.is_ready and self._failures:
            raise HTTPException(503, f"Not answered: {self.problem}", {"Retry-After": "5"})
        return await self.line.ask(question, how)
