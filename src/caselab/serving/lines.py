"""Requests of a case that wait for its model, gathered so that it is asked once for several.

What is gathered is what waits when the model becomes free: nobody waits for others to come. Where a
model refuses requests together, each is asked alone, so that none fails for another's.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pandas as pd
from starlette.exceptions import HTTPException

from caselab.params.operating import Serving
from caselab.project import programs
from caselab.registry.model_process import ModelError, RefusedError
from caselab.serving import console
from caselab.serving.bodies import Question
from caselab.serving.measures import Measures
from caselab.serving.workers import Worker

Answer = tuple[pd.DataFrame, Worker]


@dataclass(eq=False)
class Waiting:
    """A request that waits."""

    question: Question
    how: Mapping[str, Any]
    answer: asyncio.Future[Answer]
    alone: bool
    key: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.key = (self.question.types, repr(sorted(self.how.items())))


class Line:
    """The requests that one role of a case answers."""

    def __init__(
        self,
        case: str,
        role: str,
        settings: Serving,
        measures: Measures,
        fit: Callable[[], Awaitable[Worker]],
        *,
        alone: bool = False,
    ):
        """`fit` waits for a worker that can be asked; `alone`: no two requests are asked together."""
        self._settings, self._fit, self._alone = settings, fit, alone
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"ask-{case}-{role}")
        self._batches = measures.batches.labels(case, role)
        measures.waiting.labels(case, role).set_function(lambda: len(self._waiting))
        self.asking: Worker | None = None
        """Whom it asks right now."""

    async def ask(self, question: Question, how: Mapping[str, Any]) -> Answer:
        """Return the answers to a request, and who gave them.

        Raises:
            HTTPException: the records are refused (422), the model broke on them (500), was killed
                with them, or there are too many requests, or it took too long (503).
        """
        if len(self._waiting) >= self._settings.waiting:
            raise _later(f"{len(self._waiting)} requests wait already")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        alone = self._alone or question.types is None
        self._waiting.append(Waiting(question, how, future, alone))
        self._arrived.set()
        try:
            return await asyncio.wait_for(future, 2 * self._settings.time_limit)
        except TimeoutError:
            raise _later(f"there was no answer in {2 * self._settings.time_limit:g} s") from None

    def fail(self, why: str) -> None:
        """Tell all who wait that nobody will answer them."""
        while self._waiting:
            _raise(self._waiting.popleft(), _later(why))

    async def work(self) -> None:
        """Answer, for ever."""
        while True:
            await self._arrived.wait()
            worker = await self._fit()
            self.asking = worker
            batch: list[Waiting] = []
            try:
                if batch := self._gathered(worker):
                    await self._answer(worker, batch)
            except Exception as error:  # what is not foreseen must not end the line
                _tell(error)
                for each in batch:
                    _raise(each, HTTPException(500, _broken(worker, error)))
            finally:
                self.asking = None
            if not self._waiting:
                self._arrived.clear()

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits, and nothing is asked."""
        return not self._waiting and self.asking is None

    def close(self) -> None:
        """Let its thread end."""
        self._thread.shutdown(wait=False)

    def _gathered(self, worker: Worker) -> list[Waiting]:
        """Take the first request, and those behind it that may be asked together with it."""
        batch: list[Waiting] = []
        others: deque[Waiting] = deque()
        count = 0
        while self._waiting:
            each = self._waiting.popleft()
            if each.answer.done():  # it waited too long
                continue
            if not batch:
                batch, count = [each], each.question.count
                if each.alone or worker.gathers == "not at all":
                    break
            elif (
                not each.alone
                and each.key == batch[0].key
                and count + each.question.count <= self._settings.batch
            ):
                batch.append(each)
                count += each.question.count
            else:
                others.append(each)
            if count >= self._settings.batch:
                break
        self._waiting.extendleft(reversed(others))
        return batch

    async def _answer(self, worker: Worker, batch: Sequence[Waiting]) -> None:
        self._batches.observe(sum(each.question.count for each in batch))
        try:
            answers = await self._asked(worker, batch)
        except Exception as error:
            await self._answer_none(worker, batch, error)
            return
        start = 0
        for each in batch:
            end = start + each.question.count if len(batch) > 1 else len(answers)
            if not each.answer.done():
                each.answer.set_result((answers.iloc[start:end].reset_index(drop=True), worker))
            start = end

    async def _answer_none(
        self, worker: Worker, batch: Sequence[Waiting], error: Exception
    ) -> None:
        """Tell a request why it has no answer; several are asked again, each alone."""
        if not worker.is_alive:
            why = f"version {worker.version} ended while it was asked, and is started again"
            for each in batch:
                _raise(each, _later(why))
        elif len(batch) > 1:
            for each in batch:
                if worker.is_alive:
                    await self._answer(worker, [each])
                else:
                    self._waiting.appendleft(each)  # by who comes next
        elif isinstance(error, RefusedError):
            _raise(batch[0], HTTPException(422, str(error)))
        else:
            if not isinstance(error, ModelError):  # of ours, as that records cannot be sent
                _tell(error)
            _raise(batch[0], HTTPException(500, _broken(worker, error)))

    async def _asked(self, worker: Worker, batch: Sequence[Waiting]) -> pd.DataFrame:
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self._thread, _ask, worker, batch)
        done, _ = await asyncio.wait([asked], timeout=self._settings.time_limit)
        if not done:
            worker.kill()  # and so ends what the thread waits for
        return await asked


def _ask(worker: Worker, batch: Sequence[Waiting]) -> pd.DataFrame:
    if len(batch) == 1:
        records = batch[0].question.records
    else:
        parts = [each.question.columns for each in batch]
        records = pd.DataFrame({n: list(chain(*(part[n] for part in parts))) for n in parts[0]})
    answers = worker.ask(records, batch[0].how, [each.question.count for each in batch])
    if len(batch) > 1 and len(answers) != len(records):
        raise ModelError("there is not one answer a record")
    return answers


def _tell(error: Exception) -> None:
    console.tell("".join(traceback.format_exception(error)))


def _broken(worker: Worker, error: Exception) -> str:
    told = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
    return (
        f"Version {worker.version} of {worker.case} broke down on these records "
        f"({programs.last_line(told)})."
    )


def _later(why: str) -> HTTPException:
    return HTTPException(503, f"Not answered: {why}; ask again.", {"Retry-After": "1"})


def _raise(waiting: Waiting, error: HTTPException) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
