"""Kinds of problem, one file each: all that differs between them is said there, and nowhere else.

A problem is a module with the names of `Problem`. Answers are a table, one row per row asked, whose
columns are the problem's own business: probabilities per class, a number, an item and its score, a
cluster and the row's silhouette. Only that problem's functions and the plots that it names look
inside.
"""

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.cases import Case
from caselab.errors import unknown
from caselab.evaluation.metrics import Metric, Unit


class Problem(Protocol):
    """What a module of this folder says of its kind of problem."""

    metrics: Mapping[str, Metric]
    """By name, in the order in which people read them."""
    plots: tuple[str, ...]
    """What evaluate draws: `file.function` of `evaluation/plots/`. The view adds its own."""
    resample: tuple[Unit, ...]
    """What is drawn for an interval: the first of these for which the case has a column."""
    words: tuple[str, ...]
    """Which of a pipeline's `balance` and `target` mean something here."""
    baseline_architecture: str
    """The architecture that any champion must beat."""
    champion: bool
    """Whether the best pipeline of a case is put to use."""

    def strata(self, y: pd.Series | None) -> pd.Series | None:
        """Return what stratified folds keep in equal shares; None where rows have none."""

    def check(self, y: pd.Series | None, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Return what prepare reports of the target in the whole and in parts (masks by name).

        Raises:
            UserError: nothing can be learned from the target, or a part is unlike the others.
        """

    def learnable(self, part: pd.Series | None, whole: pd.Series | None) -> bool:
        """Tell whether a part of the targets is enough to learn from."""

    def answer(self, estimator: BaseEstimator, X: pd.DataFrame | np.ndarray) -> pd.DataFrame:
        """Ask a fitted estimator; one row per row of X, indexed from 0."""

    def decision(
        self,
        y: pd.Series | None,
        answers: pd.DataFrame,
        case: Case,
        settings: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Choose how answers become decisions, from out-of-fold answers of training rows alone.

        `settings` is the case's `evaluation` block, checked against the module's `Settings` where
        it has one; the result is plain enough for JSON.
        """

    def decide(self, answers: pd.DataFrame, case: Case, decision: dict[str, Any]) -> pd.Series:
        """Return what is decided for each row."""

    def score(
        self,
        y: pd.Series | None,
        answers: pd.DataFrame,
        case: Case,
        decision: Mapping[str, Any] | None = None,
        metrics: Iterable[str] | None = None,
    ) -> dict[str, float]:
        """Return metrics by name, by default all; nan where one is not defined."""


# What most kinds have in common


def nothing_to_choose(
    y: pd.Series | None,  # noqa: ARG001
    answers: pd.DataFrame,  # noqa: ARG001
    case: Case,  # noqa: ARG001
    settings: Mapping[str, Any],  # noqa: ARG001
) -> dict[str, Any]:
    """Be the `decision` of a kind whose answers decide by themselves."""
    return {}


def scorer(
    known: Mapping[str, Metric],
    prepared: Callable[[pd.DataFrame], pd.DataFrame] = lambda answers: answers,
) -> Callable[..., dict[str, float]]:
    """Return the `score` of a kind with these metrics, which see the answers as `prepared`."""

    def score(
        y: pd.Series | None,
        answers: pd.DataFrame,
        case: Case,
        decision: Mapping[str, Any] | None = None,
        metrics: Iterable[str] | None = None,
    ) -> dict[str, float]:
        seen, names = prepared(answers), known if metrics is None else metrics
        return {name: known[name].function(y, seen, decision or {}, case) for name in names}

    return score


def names() -> list[str]:
    """Return the kinds of problem: the files of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Problem:
    """Import one kind of problem."""
    if name not in names():
        raise unknown("kind of problem", name, names())
    return cast(Problem, import_module(f"{__name__}.{name}"))
