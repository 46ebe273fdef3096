"""The trials of a search, kept by Optuna in an SQLite file, from which a killed search goes on."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from caselab.params.search import Between, Search
from caselab.params.spaces import Space
from caselab.tuning import settings
from caselab.tuning.pruning import Median

optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)

Sampler = Literal["grid", "random", "tpe"]

# What a trial is marked with.
FOLDS, SECONDS, WHY, RETRIES, POINT = "folds", "seconds", "why", "retries", "point"
PRESENT = "present"
"""What the study is marked with: the scores of params.yaml's own settings."""


@dataclass(frozen=True)
class Tried:
    """Settings that were tried, and what came of them."""

    number: int | None
    """None for what params.yaml has."""
    state: Literal["complete", "pruned", "failed"]
    settings: dict[str, Any]
    """By dotted name, those that are searched."""
    folds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    why: str = ""
    """It failed."""

    @property
    def value(self) -> float:
        """The mean of the folds on which the metric is defined."""
        return float(np.nanmean(self.folds)) if self.folds else float("nan")


class Study:
    """What was tried of one search space, and what to try next; safe to ask from several threads.

    Args:
        path: the SQLite file; one that is there is gone on with, by one process at a time.
        space: by dotted name, not empty.
        maximize: whether a greater score is better.
        sampler: how settings are drawn.
        seed: of what is drawn: with one trial at a time, the same trials, killed in between or not.
    """

    def __init__(self, path: Path, space: Space, *, maximize: bool, sampler: Sampler, seed: int):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.space, self.sampler, self.seed = space, sampler, seed
        self.maximize = maximize
        self._distributions = {name: _distribution(search) for name, search in space.items()}
        self._lock = threading.RLock()
        self._asked: dict[int, optuna.Trial] = {}
        self.optuna = optuna.create_study(
            storage=f"sqlite:///{path}",
            study_name="search",
            direction="maximize" if maximize else "minimize",
            pruner=Median(),
            load_if_exists=True,
        )
        self._retry_abandoned()

    def ask(self) -> tuple[int, dict[str, Any]] | None:
        """Return the number and the settings of the next trial; None where a grid has no more."""
        with self._lock:
            trials = self._trials()
            drawn = [trial for trial in trials if RETRIES not in trial.user_attrs]
            self.optuna.sampler = self._sampler(len(drawn))
            if self.sampler == "grid" and not _of(trials, TrialState.WAITING):
                visited = {trial.user_attrs.get(POINT) for trial in trials}
                points = settings.points(self.space, self.seed)
                left = (each for each in points if each[0] not in visited)
                if (following := next(left, None)) is None:
                    return None
                number, point = following
                self.optuna.enqueue_trial(point, user_attrs={POINT: number})
            trial = self.optuna.ask(self._distributions)
            self._asked[trial.number] = trial
            return trial.number, self._settings(trial.params)

    def report(self, number: int, step: int, value: float) -> bool:
        """Note a value of a trial at a step; tell whether the trial is to be given up."""
        with self._lock:
            trial = self._asked[number]
            if np.isnan(value):
                return False
            trial.report(value, step)
            return trial.should_prune()

    def tell(
        self, number: int, *, folds: list[float] | None = None, seconds: float, why: str = ""
    ) -> Tried:
        """Note how a trial ended: with its scores, given up without, or failed with a reason."""
        with self._lock:
            trial = self._asked.pop(number)
            marks = {SECONDS: seconds, **({FOLDS: folds} if folds else {})}
            for name, value in (marks | ({WHY: why} if why else {})).items():
                trial.set_user_attr(name, value)
            if folds:
                self.optuna.tell(trial, float(np.nanmean(folds)))
            else:
                self.optuna.tell(trial, state=TrialState.FAIL if why else TrialState.PRUNED)
            found = self._tried(self.optuna.get_trials(deepcopy=False)[number])
            assert found is not None
            return found

    @property
    def tried(self) -> list[Tried]:
        """All trials that have ended."""
        with self._lock:
            return [found for trial in self._trials() if (found := self._tried(trial))]

    @property
    def present(self) -> Tried | None:
        """What params.yaml's own settings score, once it is known."""
        with self._lock:
            noted = self.optuna.user_attrs.get(PRESENT)
        return None if noted is None else Tried(None, "complete", **noted)

    def note_present(self, values: Mapping[str, Any], folds: list[float], seconds: float) -> None:
        """Note what params.yaml's own settings score; the sampler learns from it where it can."""
        known = {name: value for name, value in values.items() if name in self.space}
        told = {name: settings.plain(value) for name, value in known.items()}
        with self._lock:
            noted = {"settings": told, FOLDS: folds, SECONDS: seconds}
            self.optuna.set_user_attr(PRESENT, noted)
            if all(n in known and settings.has(s, known[n]) for n, s in self.space.items()):
                scores = {FOLDS: folds, SECONDS: seconds, PRESENT: True}
                trial = create_trial(
                    value=float(np.nanmean(folds)),
                    params=told,
                    distributions=self._distributions,
                    user_attrs=scores,
                )
                self.optuna.add_trial(trial)

    def best(self) -> Tried | None:
        """Return the trial with the best mean score; None where none has come to its end."""
        ended = [trial for trial in self.tried if trial.state == "complete"]
        choose = max if self.maximize else min
        return choose(ended, key=lambda trial: trial.value, default=None)

    def _retry_abandoned(self) -> None:
        """Have again what a killed process was trying: each once, whenever we are killed ourselves."""
        trials = self._trials()
        retried = {trial.user_attrs.get(RETRIES) for trial in trials}
        for trial in _of(trials, TrialState.RUNNING):
            whole = trial.params.keys() == self._distributions.keys()
            if whole and trial.number not in retried:
                marks = {RETRIES: trial.number}
                if POINT in trial.user_attrs:
                    marks[POINT] = trial.user_attrs[POINT]
                self.optuna.enqueue_trial(trial.params, user_attrs=marks)
            self.optuna.tell(trial.number, state=TrialState.FAIL)

    def _trials(self) -> list[FrozenTrial]:
        return self.optuna.get_trials(deepcopy=False)

    def _sampler(self, number: int) -> BaseSampler:
        """Return what draws the trial of this number, with a seed of its own."""
        seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])
        return TPESampler(seed=seed) if self.sampler == "tpe" else RandomSampler(seed=seed)

    def _settings(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {name: settings.taken(self.space[name], value) for name, value in params.items()}

    def _tried(self, trial: FrozenTrial) -> Tried | None:
        marks = trial.user_attrs
        states: dict[TrialState, Literal["complete", "pruned", "failed"]] = {
            TrialState.COMPLETE: "complete",
            TrialState.PRUNED: "pruned",
            TrialState.FAIL: "failed",
        }
        if trial.state not in states or PRESENT in marks:
            return None
        if trial.state == TrialState.FAIL and WHY not in marks:
            return None  # a killed process was at it, and it is tried again
        return Tried(
            number=trial.number,
            state=states[trial.state],
            settings=self._settings(trial.params),
            folds=marks.get(FOLDS, []),
            seconds=marks.get(SECONDS, 0.0),
            why=marks.get(WHY, ""),
        )


def _of(trials: list[FrozenTrial], state: TrialState) -> list[FrozenTrial]:
    return [trial for trial in trials if trial.state == state]


def _distribution(search: Search) -> BaseDistribution:
    if not isinstance(search, Between):
        return CategoricalDistribution([settings.plain(value) for value in search.values])
    if search.whole:
        return IntDistribution(int(search.low), int(search.high), log=search.log)
    return FloatDistribution(search.low, search.high, log=search.log)
