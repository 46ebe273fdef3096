"""Kinds of problem, one file each: all that differs between them is said there, and nowhere else.

A file of this folder holds its kind as `problem`, and an architecture that solves it has a function
of the kind's name. Answers are a table, one row per row asked, whose columns are the kind's own
business: probabilities per class, a number, an item and its score, a cluster and the row's
silhouette. Only that kind's functions and the plots that it names look inside.
"""

import dataclasses
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from caselab.arguments import by_name
from caselab.cases import Case
from caselab.data import targets
from caselab.data.targets import Target
from caselab.errors import UserError, unknown
from caselab.evaluation import intervals
from caselab.evaluation.metrics import Metric, Unit
from caselab.params import sentences

if TYPE_CHECKING:
    from caselab.storage.datasets import Dataset


def nothing_to_choose() -> dict[str, Any]:
    """Be the `decision` of a kind whose answers decide by themselves."""
    return {}


def by_themselves(answers: pd.DataFrame) -> pd.DataFrame:
    """Be the `completed` of a kind whose answers say all that is asked."""
    return answers


@dataclass(frozen=True)
class Problem:
    """A kind of problem. Its functions take, of what they are given, what their parameters name."""

    metrics: Mapping[str, Metric]
    """By name, in the order in which people read them."""
    answer: Callable[[Any, Any], pd.DataFrame]
    """Ask a fitted estimator about X; one row per row of X, indexed from 0."""
    decide: Callable[..., pd.Series]
    """Return what is decided for each row, from its `answers`, the `case` and the `decision`."""

    target: Target = "none"
    """What is to be answered; folds, encoders, selectors and checks go by it."""
    supervised: bool = True
    """Whether what learns is given the target; else it judges, and the case may have none."""
    stratified: bool | None = None
    """Whether folds can hold every target in equal shares; by default classes can be held so."""
    check: Callable[..., dict[str, Any]] = targets.check
    """Return what prepare reports of the target `y` in `parts` (masks by name), or raise UserError
    where nothing can be learned from it or from the records `X`; by default what follows from
    `target`."""
    learnable: Callable[..., bool] = targets.learnable
    """Tell whether a `part` of the targets is enough to learn from, beside the `whole`; by default
    what follows from `target`."""

    decision: Callable[..., dict[str, Any]] = nothing_to_choose
    """Choose how answers become decisions from `y`, out-of-fold `answers` of training rows alone,
    the `case` and the `settings` of its `evaluation` block, which are checked against the file's
    `Settings` where it has one. The result is plain enough for JSON; by default empty."""
    completed: Callable[..., pd.DataFrame] = by_themselves
    """Return `answers` with what the `decision` adds to them, such as bounds."""
    ask: Callable[[Any, Any, Any], pd.DataFrame] | None = None
    """Answer a user, where that is more than `answer` says: also takes `options`."""
    options: type | None = None
    """A dataclass of what a question may say beside its records (`caselab predict --set`); `ask`
    takes one."""
    scored: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    """Return answers as `score` sees them, such as without gaps."""
    explained: tuple[str, ...] = ()
    """The columns of answers whose reasons are looked for; by default all."""
    words: tuple[str, ...] = ()
    """Which of a pipeline's `balance` and `target` mean something here."""
    baseline_architecture: str = "baseline"
    """The architecture that any champion must beat."""
    refit_champion: bool = False
    """Whether what is promoted is fitted again, on train and test rows, once the gate has judged it:
    where the latest rows tell most, as in forecasts."""

    plots: tuple[str, ...] = ("learning.learning_curve", "learning.epochs")
    """What evaluate draws: `file.function` of `evaluation/plots/`. The view adds its own."""
    resample: tuple[Unit, ...] = ("group", "time", "row")
    """What is drawn for an interval: the first of these for which the case has a column."""

    def __post_init__(self) -> None:
        offered = {
            "decide": ("answers", "case", "decision"),
            "completed": ("answers", "decision"),
            "check": ("y", "parts", "X"),
            "learnable": ("part", "whole"),
            "decision": ("y", "answers", "case", "settings"),
        }
        for name, arguments in offered.items():
            function = by_name(getattr(self, name), *arguments, target=self.target)
            object.__setattr__(self, name, function)

    def asked(self, estimator: Any, X: Any, given: Mapping[str, Any]) -> pd.DataFrame:
        """Answer a user's question, with the options that are given.

        Raises:
            UserError: there is no such option, or a value is none of it.
        """
        if self.options is None or self.ask is None:
            if given:
                raise UserError(
                    f"This case takes no options, but {', '.join(given)} is set; leave it out."
                )
            return self.answer(estimator, X)
        known = [field.name for field in dataclasses.fields(self.options)]
        for name in given:
            if name not in known:
                raise unknown("option", name, known)
        try:
            options = sentences.must((), dict(given), TypeAdapter(self.options))
        except sentences.Invalid as error:
            raise UserError(f"{'.'.join(map(str, error.path))} {error}.") from None
        return self.ask(estimator, X, options)

    def strata(self, y: pd.Series | None) -> pd.Series | None:
        """Return what stratified folds keep in equal shares; None where rows have none."""
        stratified = self.target == "classes" if self.stratified is None else self.stratified
        return y if stratified else None

    def units(self, rows: "Dataset") -> np.ndarray:
        """Return the number of what a resample draws for each row, `(n_samples,)`."""
        return intervals.units(
            self.resample, len(rows), group=rows.group, time=rows.time, series=rows.series
        )

    def score(
        self,
        y: pd.Series | None,
        answers: pd.DataFrame,
        case: Case,
        decision: Mapping[str, Any] | None = None,
        metrics: Iterable[str] | None = None,
    ) -> dict[str, float]:
        """Return metrics by name, by default all; nan where one is not defined."""
        seen = answers if self.scored is None else self.scored(answers)
        names = self.metrics if metrics is None else metrics
        return {name: self.metrics[name].function(y, seen, decision or {}, case) for name in names}


def names() -> list[str]:
    """Return the kinds of problem: the files of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Problem:
    """Import one kind of problem."""
    if name not in names():
        raise unknown("kind of problem", name, names())
    problem: Problem = import_module(f"{__name__}.{name}").problem
    return problem
