"""A search at work: several trials at a time, each in a process of its own, until there are enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.params import Params
from caselab.stages import process
from caselab.tuning import settings
from caselab.tuning.study import Study, Tried

LOOK = 0.2  # seconds between two looks at whether it is time to end


@dataclass(frozen=True)
class Budget:
    """How much is tried: so many trials, or for so many seconds, whichever ends first."""

    trials: int | None = None
    seconds: float | None = None


@dataclass
class Search:
    """The search of one pipeline's settings.

    Args:
        params: checked.
        pipeline: its name.
        study: where trials are kept.
        budget: when to end; trials of an earlier, killed process count.
        at_once: trials at the same time.
        time_limit: of one trial, seconds.
        log: the file that trials' output goes to.
        cancel: ends the search; what runs then is tried again by the next one.
        tell: hears of each trial as it ends.
        without: the fold that nothing is to be learned of, in nested validation.
    """

    params: Params
    pipeline: str
    study: Study
    budget: Budget
    at_once: int
    time_limit: float
    log: Path
    cancel: threading.Event
    tell: Callable[[Tried], None]
    without: int | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _running: dict[int, threading.Event] = field(default_factory=dict)
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _faults: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        """Try settings until the budget is spent.

        Raises:
            UserError: all that was tried has failed; the first reason.
        """
        deadline = time.monotonic() + (self.budget.seconds or float("inf"))
        workers = [threading.Thread(target=self._work) for _ in range(self.at_once)]
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            if self.cancel.wait(LOOK) or time.monotonic() > deadline:
                self._over.set()
                with self._asking:
                    for stop in self._running.values():
                        stop.set()
                for worker in workers:
                    worker.join()
        if self._faults:
            raise self._faults[0]
        tried = self.study.tried
        if tried and all(each.state == "failed" for each in tried):
            raise UserError(f"Every trial of {self.pipeline} failed; the first: {tried[0].why}")

    def score_present(self, values: Mapping[str, Any]) -> Tried:
        """Score what params.yaml has, unless that is known; `values` are those of the space.

        Raises:
            UserError, StageError: it cannot be scored, and then hardly anything else.
            StageStoppedError: if `cancel` was set.
        """
        if self.study.present is None:
            found = self._score(self.params, self.cancel, lambda *_: None)
            self.study.note_present(values, found["folds"], found["seconds"])
            assert self.study.present
            self.tell(self.study.present)
        assert self.study.present
        return self.study.present

    def _work(self) -> None:
        """Try one after the other."""
        try:
            while (asked := self._ask()) is not None:
                self._try(*asked)
        except BaseException as error:
            self._faults.append(error)
            self._over.set()

    def _ask(self) -> tuple[int, dict[str, Any]] | None:
        with self._asking:
            begun = len(self.study.tried) + len(self._running)
            enough = self.budget.trials is not None and begun >= self.budget.trials
            if enough or self._over.is_set() or (asked := self.study.ask()) is None:
                return None
            self._running[asked[0]] = threading.Event()
            return asked

    def _try(self, number: int, chosen: dict[str, Any]) -> None:
        stop, given_up = self._running[number], False
        began = time.monotonic()

        def hear(step: int, value: float, of: str) -> None:
            nonlocal given_up
            if of == "loss":
                if not self._losses_are_comparable:
                    return
                value = -value if self.study.maximize else value
            if self.study.report(number, step, value):
                given_up = True
                stop.set()

        params = settings.changed(self.params, self.pipeline, chosen)
        end = partial(self.study.tell, number)
        try:
            found = self._score(params, stop, hear)
            ended = end(folds=found["folds"], seconds=found["seconds"])
        except process.StageStoppedError:
            if not given_up:  # the search ends; this trial is for the next one
                return
            ended = end(seconds=time.monotonic() - began)
        except (UserError, process.StageError) as error:
            why = error.reason if isinstance(error, process.StageError) else str(error)
            ended = end(seconds=time.monotonic() - began, why=why)
        with self._asking:
            del self._running[number]
        self.tell(ended)

    @property
    def _losses_are_comparable(self) -> bool:
        """Tell whether no searched argument changes what a network's loss is."""
        return not {"training.loss", "model.class_weight"} & self.study.space.keys()

    def _score(
        self, params: Params, stop: threading.Event, hear: Callable[..., None]
    ) -> dict[str, Any]:
        found: dict[str, Any] = process.call_in_fork(
            "caselab.tuning.trial:score",
            (params, self.pipeline),
            {"without": self.without},
            log=self.log,
            time_limit=self.time_limit,
            cancel=stop,
            events=("on_step", hear),
        )
        return found
