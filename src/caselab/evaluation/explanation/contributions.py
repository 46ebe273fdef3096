"""SHAP values: what each column adds to a pipeline's answer, row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.evaluation.explanation.budget import (
    Answer,
    budget_of,
    fitted_estimator,
    has_fast_explainer,
    is_boosted,
    is_linear,
    together,
)
from caselab.evaluation.explanation.shapley import shapley

MOST_EXPLAINED = 200  # rows


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
    model, budget, random = (
        fitted_estimator(pipeline),
        budget_of(pipeline),
        np.random.default_rng(seed),
    )
    by_library = has_fast_explainer(model)
    n_rows = MOST_EXPLAINED
    if not by_library:
        n_rows = budget.rows(X.shape[1], budget.background_rows, MOST_EXPLAINED)
    if not n_rows:
        return None
    rows = np.sort(random.permutation(len(X))[:n_rows])
    others = np.sort(random.permutation(len(background))[: budget.background_rows])
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


def _unit(model: Any) -> str:
    if not hasattr(model, "classes_"):
        return "answer"
    return "log-odds" if is_linear(model) or is_boosted(model) else "probability"


def _by_library(
    model: Any, features: np.ndarray, background: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return shap's values `(n_samples, n_features, n_outputs)` and base `(n_outputs,)`."""
    import shap  # takes two seconds

    if is_linear(model):
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
    for j, now in enumerate(together(lambda Z: _dense(transform(Z)), others)):
        moved[:, j] = ~np.isclose(now, still, rtol=1e-9, atol=1e-12, equal_nan=True).all(axis=0)
    return moved / np.maximum(moved.sum(axis=1, keepdims=True), 1)


def _dense(features: Any) -> np.ndarray:
    return features.toarray() if hasattr(features, "toarray") else np.asarray(features)
