"""A case that is served: its champion, the version on trial beside it, and which of them answers what."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from starlette.exceptions import HTTPException

from caselab.cases import Case
from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.params.operating import Serving
from caselab.registry import asking, champions
from caselab.serving import allocation
from caselab.serving.allocation import Trial
from caselab.serving.bodies import Question
from caselab.serving.fields import fields
from caselab.serving.log import Log
from caselab.serving.measures import Measures
from caselab.serving.requests import Answered
from caselab.serving.seats import Seat, Start
from caselab.serving.workers import Worker

Look = Callable[[str], Mapping[str, Any] | None]

NICE = 10
"""By how much less the system runs a version in the shadow than those that clients wait for."""

MOST_IN_SHADOW = 100
"""Requests that may wait in the shadow; of more the version is not asked."""


def present(case: str) -> Mapping[str, Any] | None:
    """Return what the registry says of the champion now."""
    return champions.champion(case, surely=True)


@dataclass(frozen=True)
class Part:
    """Records of a request that one version has answered."""

    rows: Sequence[int]
    """Their numbers in the request, from 0."""
    answers: pd.DataFrame
    version: int
    trial: str = ""
    """In which they count; nothing where they count in none."""


@dataclass(frozen=True)
class Told:
    """What a request is told: by one version, or where it was split in a trial by two."""

    parts: Sequence[Part]

    @property
    def answers(self) -> pd.DataFrame:
        """One row a record, in their order."""
        if len(self.parts) == 1:
            return self.parts[0].answers
        order = np.argsort(np.concatenate([part.rows for part in self.parts]))
        both = pd.concat([part.answers for part in self.parts], ignore_index=True)
        return both.iloc[order].reset_index(drop=True)

    @property
    def versions(self) -> list[int]:
        """Who answered each record."""
        of_row = {row: part.version for part in self.parts for row in part.rows}
        return [of_row[row] for row in sorted(of_row)]


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
        """`look` tells who is champion, and on trial, and `start` starts one; both may take long.

        `example` is a record to show what is asked.
        """
        self.case, self.settings, self.measures = case, settings, measures
        self.fields, self.words = fields(case), tuple(asking.words([case.name]))
        self.example = example
        self.trial: Trial | None = None
        """What runs, by the last look."""
        both = (settings, measures)
        self.champion = Seat(case, "champion", *both, self._present, start)
        self.challenger = Seat(case, "challenger", *both, self._on_trial, self._start_challenger)
        self.log = Log(case.name, settings.hide, measures)
        self._look, self._start = look, start
        self._known: Mapping[str, Any] | None = None
        self._work: asyncio.Task[None] | None = None
        self._in_shadow: set[asyncio.Task[None]] = set()

    @property
    def is_ready(self) -> bool:
        """Whether the case can be answered."""
        return self.champion.is_ready

    def begin(self) -> None:
        """Start what goes on until `end`."""
        self.champion.begin()
        self.challenger.begin()
        self._work = asyncio.create_task(self.log.work())

    async def end(self) -> None:
        """Answer who waits, then end the workers, and write the last requests down."""
        deadline = time.monotonic() + self.settings.time_limit
        for seat in (self.champion, self.challenger):
            await seat.end(deadline)
        await asyncio.gather(*self._in_shadow, return_exceptions=True)
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
        await self.log.flush()

    async def ask(self, question: Question, how: Mapping[str, Any]) -> Told:
        """Return answers and who gave them; where a trial runs, its share by the version on trial.

        What that version cannot answer the champion does.

        Raises:
            HTTPException: see `Line.ask`.
        """
        trial, everything = self.trial, range(question.count)
        if trial is None or not self.can_answer(trial):
            return Told([await self._by_champion(question, how, everything)])
        if trial.in_the_shadow:
            return Told([await self._by_champion(question, how, everything, trial.name)])
        if question.count > 100:
            chosen = await asyncio.to_thread(allocation.chosen, trial, question, self.case)
        else:
            chosen = allocation.chosen(trial, question, self.case)
        if chosen.all():
            return Told(await self._by_challenger(question, how, everything, trial))
        if not chosen.any():
            return Told([await self._by_champion(question, how, everything, trial.name)])
        theirs, ours = np.flatnonzero(chosen).tolist(), np.flatnonzero(~chosen).tolist()
        part, parts = await asyncio.gather(
            self._by_champion(question.part(ours), how, ours, trial.name),
            self._by_challenger(question.part(theirs), how, theirs, trial),
        )
        return Told([part, *parts])

    def seat_of(self, question: Question) -> Seat:
        """Return the role that answers one record."""
        trial = self.trial
        if trial is None or not self.can_answer(trial):
            return self.champion
        return (
            self.challenger if allocation.chosen(trial, question, self.case)[0] else self.champion
        )

    def ask_in_shadow(
        self, told: Told, question: Question, how: Mapping[str, Any], number: str, came: datetime
    ) -> None:
        """Ask the version on trial too, after the client has been answered, and log what it says."""
        trial = self.trial
        if trial is None or not trial.in_the_shadow or told.parts[0].trial != trial.name:
            return
        if len(self._in_shadow) >= MOST_IN_SHADOW:
            self.measures.shadow.labels(self.case.name, "left out").inc()
            return
        task = asyncio.create_task(self._shadow(trial, question, how, number, came))
        self._in_shadow.add(task)
        task.add_done_callback(self._in_shadow.discard)

    async def _shadow(
        self, trial: Trial, question: Question, how: Mapping[str, Any], number: str, came: datetime
    ) -> None:
        start = time.perf_counter()
        try:
            answers, worker = await self.challenger.ask(question, how)
        except HTTPException:
            self.measures.shadow.labels(self.case.name, "failed").inc()
            return
        self.measures.shadow.labels(self.case.name, "answered").inc()
        latency = 1000 * (time.perf_counter() - start)
        self.log.add(
            Answered(
                number, came, worker.version, latency, question.records, answers,
                trial=trial.name, shadow=True,
            )
        )  # fmt: skip

    async def _by_champion(
        self, question: Question, how: Mapping[str, Any], rows: Sequence[int], trial: str = ""
    ) -> Part:
        answers, worker = await self.champion.ask(question, how)
        return Part(rows, answers, worker.version, trial)

    async def _by_challenger(
        self, question: Question, how: Mapping[str, Any], rows: Sequence[int], trial: Trial
    ) -> list[Part]:
        """Return answers of the version on trial, and the champion's to what that has none for."""
        failures = self.measures.failures.labels(self.case.name, str(trial.version))
        try:
            answers, worker = await self.challenger.ask(question, how)
        except HTTPException:  # the champion has the last word
            failures.inc()
            return [await self._by_champion(question, how, rows)]
        theirs = Part(rows, answers, worker.version, trial.name)
        vain = _without_answer(answers)
        if not vain.any():
            return [theirs]
        failures.inc()
        if len(answers) != question.count or self.case.aggregate is not None or self.case.past:
            # Records that are answered together go together.
            vain = np.ones(question.count, dtype=bool)
        left, kept = np.flatnonzero(vain).tolist(), np.flatnonzero(~vain).tolist()
        try:
            ours = await self._by_champion(question.part(left), how, [rows[row] for row in left])
        except HTTPException:  # as it has none for them either, what was said of each is told
            return [theirs]
        if not kept:
            return [ours]
        answered = answers.iloc[kept].reset_index(drop=True)
        return [replace(theirs, rows=[rows[row] for row in kept], answers=answered), ours]

    def can_answer(self, trial: Trial) -> bool:
        """Whether the version on trial is the one that is asked, and answers."""
        worker = self.challenger.worker
        return worker is not None and worker.is_alive and worker.version == trial.version

    def _present(self) -> Mapping[str, Any]:
        """Return who is champion, and remember who is on trial."""
        found = self._look(self.case.name)
        if found is None:
            if self._known is None:
                raise champions.no_champion(self.case.name)
            return self._known  # the alias was taken away: who answers goes on
        self._known, self.trial = found, allocation.trial_of(found)
        return found

    def _on_trial(self) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = (self._known or {}).get("trial")
        return found

    def _start_challenger(self, found: Mapping[str, Any]) -> Worker:
        worker = self._start(found)
        if not found["share"] and worker.pid:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, worker.pid, NICE)
        return worker


def _without_answer(answers: pd.DataFrame) -> np.ndarray:
    """Tell which rows are no answers but a note why there is none, `(n_rows,)`."""
    notes = answers[COLUMN] if COLUMN in answers else [""] * len(answers)
    return np.array([str(note).startswith(NO_ANSWER) for note in notes], dtype=bool)
