"""Requests on their way into the log: gathered for a second, written by a thread.

While a database is away they wait for it, the latest of them.
"""

import asyncio
import contextlib
from collections.abc import Collection
from itertools import chain, groupby

from caselab.project.postgresql import UnreachableError
from caselab.serving import console
from caselab.serving.measures import Measures
from caselab.serving.requests import Answered, RequestLog

SECONDS = 1.0
"""What is answered is written after this; a kill -9 loses no more."""

MOST = 500
"""Requests that are written at once, before their time."""

KEPT = 10_000
"""Requests that wait for a database at most; the oldest are given up."""


class Log:
    """The log of a case, written while its server answers."""

    def __init__(self, case: str, hidden: Collection[str], measures: Measures):
        self._to = RequestLog(case, hidden)
        self._waiting: list[Answered] = []
        self._many, self._writing = asyncio.Event(), asyncio.Lock()
        self._unlogged = measures.unlogged.labels(case)
        self._problem = ""

    def add(self, answered: Answered) -> None:
        """Have a request written down soon."""
        self._waiting.append(answered)
        if len(self._waiting) >= MOST:
            self._many.set()

    async def work(self) -> None:
        """Write, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._many.wait(), SECONDS)
            self._many.clear()
            await asyncio.shield(self._write())
            if self._problem:
                await asyncio.sleep(SECONDS)

    async def flush(self) -> None:
        """Write what waits, for the last time."""
        await self._write()
        self._give_up(len(self._waiting))

    async def _write(self) -> None:
        """Write what waits; what is given up is counted, and why is told once."""
        async with self._writing:  # what is being written may come back
            answered, self._waiting = self._waiting, []
            # Of one day each, so that one that raises an error has written nothing.
            batches = [[*each] for _, each in groupby(answered, lambda each: each.time.date())]
            lost = 0
            while batches:
                batch = batches.pop(0)
                try:
                    await asyncio.to_thread(self._to.write, batch)
                except UnreachableError as error:
                    self._waiting = [*chain(batch, *batches), *self._waiting]
                    self._tell(f"requests wait for the log: {error}", error)
                    self._give_up(len(self._waiting) - KEPT)
                    return
                except Exception as error:  # a full disk stops no answers
                    if len(batch) > 1 and not isinstance(error, OSError):
                        half = len(batch) // 2  # until the one that is odd is alone
                        batches = [batch[:half], batch[half:], *batches]
                        continue
                    lost += len(batch)
                    self._unlogged.inc(len(batch))
                    self._tell(f"{len(batch)} requests are not logged: {error}", error)
            if answered and not lost:
                self._problem = ""

    def _give_up(self, count: int) -> None:
        """Wait with the oldest requests no longer."""
        if count > 0:
            del self._waiting[:count]
            self._unlogged.inc(count)

    def _tell(self, text: str, error: Exception) -> None:
        if str(error) != self._problem:
            self._problem = str(error)
            console.tell(text)
