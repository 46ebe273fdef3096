"""Budgets of explanations: how many answers may be asked of a pipeline, by its kind of estimator.

They depend on that kind alone, never on the clock, so that results repeat, and keep the slowest
kinds to a few seconds.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import AdaBoostRegressor, BaggingClassifier, BaggingRegressor
from sklearn.pipeline import Pipeline

Answer = Callable[[Any, pd.DataFrame], pd.DataFrame]
"""A kind of problem's way to ask an estimator."""
LEAST_ROWS = 10
"""On fewer an explanation tells nothing."""


@dataclass(frozen=True)
class Budget:
    """How much explanations may ask of one kind of estimator."""

    answers: int  # of the whole pipeline, for each explanation
    repeats: int  # of shuffling a column
    background_rows: int

    def rows(self, n_columns: int, times: int, most: int) -> int:
        """Return of how many rows each column can be moved so many times; 0 for too few to tell."""
        rows = min(most, self.answers // (times * n_columns))
        return rows if rows >= LEAST_ROWS else 0


SWIFT = Budget(answers=120_000, repeats=5, background_rows=100)
"""Linear models and small trees: explained by shap's own explainers, some microseconds an answer."""
STEADY = Budget(answers=50_000, repeats=5, background_rows=20)
"""Networks, forests, and what is not known: tens of microseconds an answer."""
SLOW = Budget(answers=18_000, repeats=3, background_rows=20)
"""Kernel machines and local outlier factor, which compare a row with hundreds of others: hundreds of
microseconds."""

ROWS_AT_ONCE = 20_000
"""Of which a pipeline is asked: a transformer's cost is mostly per question up to some thousands."""

MOST_LEAVES = 15_000
"""Tree SHAP's cost grows with the leaves of all trees, 20 ns for each, row and background row
(measured): up to here 200 rows and 100 background rows take seconds; a forest would take minutes.
Nor can shap count more than 32,767 nodes of a tree."""
UNKNOWN_TO_SHAP = (AdaBoostRegressor, BaggingClassifier, BaggingRegressor)
"""Ensembles of trees that shap refuses."""
MOST_PRODUCTS = 2_500_000_000
"""A kernel machine multiplies so many numbers in some seconds."""


def budget_of(estimator: Any) -> Budget:
    """Return how much may be asked of a fitted pipeline or estimator."""
    model = fitted_estimator(estimator)
    if members := getattr(model, "members_", ()):  # of a blend, each of which is asked
        budgets = [budget_of(member) for _, member in members]
        return Budget(
            answers=int(1 / sum(1 / each.answers for each in budgets)),
            repeats=min(each.repeats for each in budgets),
            background_rows=min(each.background_rows for each in budgets),
        )
    if has_fast_explainer(model):
        return SWIFT
    if products := _products(model):
        return replace(SLOW, answers=min(SLOW.answers, MOST_PRODUCTS // products))
    return STEADY


def together(ask: Callable[[pd.DataFrame], Any], tables: Iterable[pd.DataFrame]) -> Iterator[Any]:
    """Ask about tables, several at once: a question of few rows costs about as much as of many."""
    waiting: list[pd.DataFrame] = []
    for table in tables:
        if waiting and sum(map(len, waiting)) + len(table) > ROWS_AT_ONCE:
            yield from _asked(ask, waiting)
            waiting = []
        waiting.append(table)
    if waiting:
        yield from _asked(ask, waiting)


def _asked(ask: Callable[[pd.DataFrame], Any], tables: list[pd.DataFrame]) -> Iterator[Any]:
    together = pd.concat(tables, ignore_index=True)
    answers = ask(together)
    ends = np.cumsum([len(table) for table in tables])
    for table, end in zip(tables, ends, strict=True):
        part = answers[end - len(table) : end]
        yield part.reset_index(drop=True) if isinstance(part, pd.DataFrame) else part


def fitted_estimator(estimator: Any) -> Any:
    """Return the estimator inside a pipeline, and inside a target on another scale."""
    model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    while hasattr(model, "regressor_"):
        model = model.regressor_
    return model


def has_fast_explainer(model: Any) -> bool:
    """Tell whether shap explains the model in some microseconds an answer."""
    return is_linear(model) or 0 < _leaves(model) <= MOST_LEAVES


def is_linear(model: Any) -> bool:
    """Tell whether the model is a sum of weighted features."""
    return hasattr(model, "coef_") and not hasattr(model, "support_vectors_")


def _products(model: Any) -> int:
    """Count the numbers that an answer is compared with by a kernel machine or a local outlier factor.

    0 for what is neither.
    """
    density: Any = getattr(model, "detector_", None)
    if hasattr(density, "negative_outlier_factor_"):
        return int(np.prod(density._fit_X.shape))
    calibrated = [each.estimator for each in getattr(model, "calibrated_classifiers_", [])]
    machines = [each for each in (model, *calibrated) if hasattr(each, "support_vectors_")]
    return sum(int(np.prod(machine.support_vectors_.shape)) for machine in machines)


def is_boosted(model: Any) -> bool:
    """Tell whether the model is XGBoost's."""
    return hasattr(model, "booster_")


def _leaves(model: Any) -> int:
    """Count the leaves of all trees; 0 for what is no tree."""
    if is_boosted(model):
        return sum(tree.count("leaf=") for tree in model.booster_.get_dump())
    if isinstance(model, UNKNOWN_TO_SHAP):
        return 0
    trees = getattr(model, "estimators_", [model])
    return sum(int(tree.get_n_leaves()) for tree in trees if hasattr(tree, "tree_"))
