"""Which rows are out of the ordinary: the kind `anomalies`, learned without being told any.

Answers hold the row's `score` (0 as the middle training row, 1 at the edge of the ordinary nine in
ten, higher where odder), the share of spoiled rows, with one wrong value each, that score higher
(`below_spoiled`), and the `columns` that make it odd, the oddest first; an ordinary row names none.
All of them are told against the training rows, so a row's answer is the same alone and among others.
The estimator is a `grouping.detectors.Detector`.

A case's target, where it has one, says which rows are anomalies: it judges, and nothing learns from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from annotated_types import Interval
from sklearn.pipeline import Pipeline

from caselab.errors import UserError
from caselab.evaluation.metrics.anomalies import BETWEEN, FLAGGED, METRICS, PASSED, flagged
from caselab.problems import Problem
from caselab.storage.rows import Inputs

LEAST_ROWS = 10
NAMED = 3
"""Columns that are named of a row, at most."""
LEAST_PART = 0.1
"""Of what makes a row odd, the part that a column has which is named."""


@dataclass(frozen=True)
class Settings:
    """What `evaluation` of such a case may say; params.yaml is checked against the types."""

    contamination: Annotated[float, Interval(gt=0, le=0.5)] = 0.05
    """The share of rows that is looked into: rows are flagged that score above the quantile
    1 - `contamination` of training rows."""


def check(
    y: pd.Series | None, parts: Mapping[str, np.ndarray], X: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Return the share of each label, in the whole and in each part, where there are labels.

    Raises:
        UserError: training has too few rows, the records hold words alone, or train or test has
            rows of one label only, so that nothing can be judged.
    """
    rows = int(parts["train"].sum())
    if rows < LEAST_ROWS:
        raise UserError(
            f"Only {rows} rows are left to learn what is ordinary; at least {LEAST_ROWS} are "
            "needed, so add rows."
        )
    if X is not None and not any(_is_measured(X[name]) for name in X):
        raise UserError(
            f"None of the columns holds numbers ({', '.join(map(repr, map(str, X)))}), and "
            "anomalies are looked for among numbers; add a column that measures something."
        )
    if y is None:
        return {}
    whole = {"whole": np.ones(len(y), dtype=bool), **parts}
    shares = {
        part: y[mask].astype(str).value_counts(normalize=True) for part, mask in whole.items()
    }
    for part in ("whole", "train", "test"):
        if part in shares and len(shares[part]) < 2:
            raise UserError(
                f"The label {y.name!r} is {shares[part].index[0]!r} in all rows of {part}, so "
                "nothing can be judged by it; add rows of the other kind, or leave the label out."
            )
    return {
        "class shares": {
            part: {str(label): round(float(share[label]), 6) for label in sorted(share.index)}
            for part, share in shares.items()
        }
    }


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return the score and how it compares, and of a table the columns that make a row odd."""
    represent, model = estimator[:-1], estimator[-1]
    Z = represent.transform(X)
    score = model.score(Z)
    answers = pd.DataFrame({"score": score, "below_spoiled": model.below_spoiled(score)})
    if not isinstance(X, pd.DataFrame):
        return answers
    columns = [str(name) for name in X]
    owner = [_owner(feature, columns) for feature in represent.get_feature_names_out()]
    names, numbers = np.unique(owner, return_inverse=True)
    return answers.assign(columns=_named(model.oddness(Z, score, numbers), names))


def decision(answers: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the score that a share `contamination` of these training rows lies above."""
    contamination = float(settings.get("contamination", Settings.contamination))
    threshold = float(np.quantile(answers["score"], 1 - contamination))
    return {"contamination": contamination, "threshold": threshold}


def decide(answers: pd.DataFrame, decision: Mapping[str, Any]) -> pd.Series:
    """Return `anomaly` for a row that scores above the threshold, else `ordinary`."""
    return pd.Series(np.where(flagged(answers, decision), FLAGGED, PASSED), index=answers.index)


def _is_measured(column: pd.Series) -> bool:
    """Tell numbers, dates and pictures from words, and from yes and no."""
    known = column.dropna()
    if known.empty or pd.api.types.is_bool_dtype(column):
        return False
    return not isinstance(known.iloc[0], str | bool)


def _owner(feature: str, columns: Sequence[str]) -> str:
    """Return the column that a feature is made of, by its name; the feature's own of several.

    `make_north`, `weight^2` and `missingindicator_weight` begin or end with the column's.
    """
    found = [
        name
        for name in columns
        if feature == name
        or feature.startswith((f"{name}_", f"{name}^"))
        or feature.endswith(f"_{name}")
    ]
    return max(found, key=len, default=feature)


def _named(oddness: np.ndarray, names: np.ndarray) -> list[str]:
    """Return the columns that have a part worth naming in each row's oddness, the greatest first.

    `oddness` is `(n_samples, n_columns)`, all 0 where a row is ordinary.
    """
    first = np.argsort(-oddness, axis=1, kind="stable")[:, :NAMED]
    part = np.take_along_axis(oddness, first, axis=1)
    kept = part > LEAST_PART * oddness.sum(axis=1, keepdims=True)
    return [BETWEEN.join(names[row[kept]]) for row, kept in zip(first, kept, strict=True)]


problem = Problem(
    target="classes",
    supervised=False,
    metrics=METRICS,
    answer=answer,
    decide=decide,
    decision=decision,
    check=check,
    learnable=lambda: True,
    explained=("score",),
    plots=(
        "anomalies.roc",
        "anomalies.precision_recall",
        "anomalies.scores",
        "anomalies.columns",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
