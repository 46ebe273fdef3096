"""Requests on their way into the log: gathered for a second, written by a thread."""

import asyncio
import contextlib
import sys
from collections.abc import Collection

from caselab.serving.measures import Measures
from caselab.serving.requests import Answered, RequestLog

SECONDS = 1.0
"""What is answered is written after this; a kill -9 loses no more."""

MOST = 500
"""Requests that are written at once, before their time."""


class Log:
    """The log of a case, written while its server answers."""

    def __init__(self, case: str, hidden: Collection[str], measures: Measures):
        self._to = RequestLog(case, hidden)
        self._waiting: list[Answered] = []
        self._many = asyncio.Event()
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
            await asyncio.shield(self.flush())

    async def flush(self) -> None:
        """Write what waits; what cannot be written is counted, and told once."""
        answered, self._waiting = self._waiting, []
        if not answered:
            return
        try:
            await asyncio.to_thread(self._to.write, answered)
            self._problem = ""
        except Exception as error:  # a full disk stops no answers
            self._unlogged.inc(len(answered))
            if str(error) != self._problem:
                self._problem = str(error)
                sys.stderr.write(f"caselab: {len(answered)} requests are not logged: {error}\n")
