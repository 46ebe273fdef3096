"""Permutation importance: which columns a pipeline relies on, over all rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.evaluation.explanation.budget import Answer, budget_of, together
from caselab.evaluation.explanation.shapley import codes
from caselab.evaluation.metrics import Case, Metric

MOST_SHUFFLED = 1_000  # rows


@dataclass(frozen=True)
class Importance:
    """By how much the primary metric gets worse when a column is shuffled, most important first."""

    table: pd.DataFrame  # column, importance, low, high
    rows: int
    repeats: int


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
    budget, random = budget_of(pipeline), np.random.default_rng(seed)
    n_rows = budget.rows(X.shape[1], budget.repeats, MOST_SHUFFLED)
    if not n_rows:
        return None
    rows = random.permutation(len(X))[:n_rows]
    X = X.iloc[rows].reset_index(drop=True)
    y = None if y is None else y.iloc[rows].reset_index(drop=True)

    intact = answer(pipeline, X)
    best = metric.function(y, intact, decision, case)
    moves = [_shuffles(column, budget.repeats, random) for _, column in X.items()]
    tables = (_with(X, column, *move[1:]) for column, move in zip(X.columns, moves, strict=True))
    drops = []
    for (repeat, row, _), answers in zip(
        moves, together(lambda Z: answer(pipeline, Z), tables), strict=True
    ):
        scores = []
        for number in range(budget.repeats):
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
    return Importance(table, len(X), budget.repeats)


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
