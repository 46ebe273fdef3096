"""Which columns move a pipeline's answers: over all rows by permutation, row by row by SHAP.

Both speak of the columns of the view, not of what the pipeline makes of them: a category that
becomes five numbers is one column. How many rows are asked depends on the kind of estimator alone,
never on the clock, so that results repeat; the counts keep the slowest kinds to a few seconds.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.evaluation.metrics import Case, Metric
from caselab.evaluation.shapley import codes, shapley

Answer = Callable[[Any, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Effort:
    """What explanations may ask of one kind of estimator."""

    answers: int  # of the whole pipeline, for each explanation
    repeats: int  # of shuffling a column
    background_rows: int

    def rows(self, n_columns: int, times: int, most: int) -> int:
        """Return of how many rows each column can be moved so many times; 0 for too few to tell."""
        rows = min(most, self.answers // (times * n_columns))
        return rows if rows >= LEAST_ROWS else 0


MOST_SHUFFLED, MOST_EXPLAINED, LEAST_ROWS = 1_000, 200, 10

SWIFT = Effort(answers=120_000, repeats=5, background_rows=100)
"""Linear models and small trees: explained by shap's own explainers, some microseconds an answer."""
STEADY = Effort(answers=50_000, repeats=5, background_rows=20)
"""Networks, forests, and what is not known: tens of microseconds an answer."""
SLOW = Effort(answers=18_000, repeats=3, background_rows=20)
"""Kernel machines, which compare a row with each support vector: hundreds of microseconds."""

ROWS_AT_ONCE = 20_000
"""Of which a pipeline is asked: a transformer's cost is mostly per question up to some thousands."""

MOST_LEAVES = 15_000
"""Tree SHAP's cost grows with the leaves of all trees, 20 ns for each, row and background row
(measured): up to here 200 rows and 100 background rows take seconds; a forest would take minutes.
Nor can shap count more than 32,767 nodes of a tree."""
MOST_PRODUCTS = 2_500_000_000
"""A kernel machine multiplies so many numbers in some seconds."""


@dataclass(frozen=True)
class Importance:
    """By how much the primary metric gets worse when a column is shuffled, most important first."""

    table: pd.DataFrame  # column, importance, low, high
    rows: int
    repeats: int


@dataclass(frozen=True)
class Contributions:
    """What each column adds to each row's answer, over the answer to the background rows.

    `added[i, j, k]` is column j's part of output k for row i: for each row and output they sum to
    the row's answer minus `base[k]`, the mean answer to the background rows.
    """

    added: np.ndarray  # (n_samples, n_columns, n_outputs)
    base: np.ndarray  # (n_outputs,)
    outputs: tuple[str, ...]
    unit: str  # of added and base
    X: pd.DataFrame  # (n_samples, n_columns), the rows explained
    rows: np.ndarray  # (n_samples,), their positions among all rows


def effort(estimator: Any) -> Effort:
    """Return what may be asked of a fitted pipeline or estimator."""
    model = _learner(estimator)
    if _has_fast_explainer(model):
        return SWIFT
    if products := _products(model):
        return replace(SLOW, answers=min(SLOW.answers, MOST_PRODUCTS // products))
    return STEADY


def importance(
    pipeline: Pipeline,
    X: pd.DataFrame,
    y: pd.Series | None,
    *,
    answer: Answer,
    metric: Metric,
    decision: dict[str, Any],
    case: Case,
    seed: int,
) -> Importance | None:
    """Shuffle one column at a time and score the whole pipeline again (Breiman, 2001).

    `low` and `high` are the extremes of the repeats. All repeats of a column are answered at once,
    and only the rows that shuffling changed: asking copy by copy takes a forest ten times as long.
    None where there are too many columns for what may be asked.
    """
    counts, random = effort(pipeline), np.random.default_rng(seed)
    n_rows = counts.rows(X.shape[1], counts.repeats, MOST_SHUFFLED)
    if not n_rows:
        return None
    rows = random.permutation(len(X))[:n_rows]
    X = X.iloc[rows].reset_index(drop=True)
    y = None if y is None else y.iloc[rows].reset_index(drop=True)

    intact = answer(pipeline, X)
    best = metric.function(y, intact, decision, case)
    moves = [_shuffles(column, counts.repeats, random) for _, column in X.items()]
    tables = (_with(X, column, *move[1:]) for column, move in zip(X.columns, moves, strict=True))
    drops = []
    for (repeat, row, _), answers in zip(
        moves, _together(lambda Z: answer(pipeline, Z), tables), strict=True
    ):
        scores = []
        for number in range(counts.repeats):
            place = np.arange(len(X))
            place[row[repeat == number]] = len(X) + np.flatnonzero(repeat == number)
            mixed = pd.concat([intact, answers], ignore_index=True).take(place)
            scores.append(metric.function(y, mixed.reset_index(drop=True), decision, case))
        drops.append([metric.gain(of=best, over=score) for score in scores])
    table = pd.DataFrame(
        {
            "column": [str(column) for column in X.columns],
            "importance": np.mean(drops, axis=1),
            "low": np.min(drops, axis=1),
            "high": np.max(drops, axis=1),
        }
    ).sort_values(["importance", "column"], ascending=[False, True], ignore_index=True)
    return Importance(table, len(X), counts.repeats)


def contributions(
    pipeline: Pipeline,
    X: pd.DataFrame,
    background: pd.DataFrame,
    *,
    answer: Answer,
    seed: int,
) -> Contributions | None:
    """Explain a sample of X by Shapley values against a sample of background rows.

    Linear models and trees are explained by `shap` on the features that the pipeline makes, then
    summed over the features of each column; all others by `shapley` on the columns. Of a target that
    was learned on another scale the library explains the answers on that scale. None where there
    are too many columns for what may be asked.
    """
    model, counts, random = _learner(pipeline), effort(pipeline), np.random.default_rng(seed)
    by_library = _has_fast_explainer(model)
    n_rows = MOST_EXPLAINED
    if not by_library:
        n_rows = counts.rows(X.shape[1], counts.background_rows, MOST_EXPLAINED)
    if not n_rows:
        return None
    rows = np.sort(random.permutation(len(X))[:n_rows])
    others = np.sort(random.permutation(len(background))[: counts.background_rows])
    X, background = X.iloc[rows].reset_index(drop=True), background.iloc[others]

    if by_library:
        transform = pipeline[:-1].transform
        features, of_others = _dense(transform(X)), _dense(transform(background))
        added, base = _by_library(model, features, of_others)
        added = np.einsum("ifk,fj->ijk", added, _shares(transform, pd.concat([background, X])))
    else:
        added, base = shapley(lambda Z: answer(pipeline, Z).to_numpy(), X, background, random)
    outputs = tuple(answer(pipeline, background.head(1)).columns)
    unit = _unit(model)
    if by_library and model is not pipeline[-1]:
        unit = "answer on the scale on which it was learned"
    return Contributions(added, base, outputs, unit, X, rows)


def _shuffles(
    column: pd.Series, repeats: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what shuffling changes: the number of the repeat, the row, and whose value it gets."""
    order = np.stack([random.permutation(len(column)) for _ in range(repeats)])
    code = codes(column)
    repeat, row = np.nonzero(code[order] != code)
    return repeat, row, order[repeat, row]


def _with(X: pd.DataFrame, column: Any, row: np.ndarray, taken: np.ndarray) -> pd.DataFrame:
    """Return the rows that shuffling a column changes, changed; where it changes none, any row."""
    if not len(row):
        return X.head(1)
    shuffled = X.iloc[row].reset_index(drop=True)
    shuffled[column] = X[column].take(taken).array
    return shuffled


def _together(ask: Callable[[pd.DataFrame], Any], tables: Iterable[pd.DataFrame]) -> Iterator[Any]:
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


def _learner(estimator: Any) -> Any:
    """Return what learned, inside a pipeline and inside a target on another scale."""
    model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    while hasattr(model, "regressor_"):
        model = model.regressor_
    return model


def _has_fast_explainer(model: Any) -> bool:
    return _is_linear(model) or 0 < _leaves(model) <= MOST_LEAVES


def _is_linear(model: Any) -> bool:
    return hasattr(model, "coef_") and not hasattr(model, "support_vectors_")


def _products(model: Any) -> int:
    """Count the numbers that an answer of a kernel machine multiplies; 0 for what is none."""
    calibrated = [each.estimator for each in getattr(model, "calibrated_classifiers_", [])]
    machines = [each for each in (model, *calibrated) if hasattr(each, "support_vectors_")]
    return sum(int(np.prod(machine.support_vectors_.shape)) for machine in machines)


def _is_boosted(model: Any) -> bool:
    return hasattr(model, "booster_")


def _leaves(model: Any) -> int:
    """Count the leaves of all trees; 0 for what is no tree."""
    if _is_boosted(model):
        return sum(tree.count("leaf=") for tree in model.booster_.get_dump())
    trees = getattr(model, "estimators_", [model])
    return sum(int(tree.get_n_leaves()) for tree in trees if hasattr(tree, "tree_"))


def _unit(model: Any) -> str:
    if not hasattr(model, "classes_"):
        return "answer"
    return "log-odds" if _is_linear(model) or _is_boosted(model) else "probability"


def _by_library(
    model: Any, features: np.ndarray, background: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return shap's values `(n_samples, n_features, n_outputs)` and base `(n_outputs,)`."""
    import shap  # takes two seconds

    if _is_linear(model):
        explainer: Any = shap.LinearExplainer(model, background)
        added = np.atleast_3d(explainer.shap_values(features))
    else:
        # Trees take single precision.
        features, background = features.astype(np.float32), background.astype(np.float32)
        explainer = shap.TreeExplainer(getattr(model, "booster_", model), background)
        # shap rounds thresholds to single precision; up, a row at one would take the other branch.
        explainer.model.thresholds = _rounded_down(explainer.model.thresholds)
        added = np.atleast_3d(explainer.shap_values(features, check_additivity=False))
    base = np.atleast_1d(explainer.expected_value)
    if added.shape[2] == 1 and hasattr(model, "classes_"):  # the log-odds of the second of two
        return np.concatenate([-added, added], axis=2), np.concatenate([-base, base])
    return added, base


def _rounded_down(values: np.ndarray) -> np.ndarray:
    """Return the greatest numbers of single precision that are not above these."""
    nearest = values.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > values, below, nearest).astype(values.dtype)


def _shares(transform: Callable[[pd.DataFrame], Any], X: pd.DataFrame) -> np.ndarray:
    """Return which column each feature is made of, as shares `(n_features, n_columns)`.

    Found by trying: a feature is made of the columns whose values, moved one row on, move it. One
    that is made of several belongs to them in equal parts.
    """
    still, next_row = _dense(transform(X)), np.roll(np.arange(len(X)), 1)
    moved = np.zeros((still.shape[1], X.shape[1]))
    others = (X.assign(**{column: X[column].take(next_row).array}) for column in X.columns)
    for j, now in enumerate(_together(lambda Z: _dense(transform(Z)), others)):
        moved[:, j] = ~np.isclose(now, still, rtol=1e-9, atol=1e-12, equal_nan=True).all(axis=0)
    return moved / np.maximum(moved.sum(axis=1, keepdims=True), 1)


def _dense(features: Any) -> np.ndarray:
    return features.toarray() if hasattr(features, "toarray") else np.asarray(features)
