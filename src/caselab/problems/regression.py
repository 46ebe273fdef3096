"""How much: `Problem` for regression.

Answers hold one column, `value`, in the target's own unit.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.cases import Case
from caselab.errors import UserError
from caselab.evaluation.metrics.regression import METRICS
from caselab.problems import nothing_to_choose, scorer

metrics = METRICS
plots = (
    "residuals.predicted_over_observed",
    "residuals.residuals",
    "residuals.residual_distribution",
    "residuals.error_by_decile",
    "learning.learning_curve",
    "learning.epochs",
)
resample = ("group", "time", "row")
words = ("target",)
baseline_architecture = "baseline"
champion = True
decision = nothing_to_choose
score = scorer(METRICS)

LEAST_ROWS = 2


def strata(y: pd.Series | None) -> pd.Series | None:  # noqa: ARG001
    """Return nothing: numbers fall into no classes."""
    return None


def check(y: pd.Series | None, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the quartiles of the target in the whole and in each part.

    Raises:
        UserError: a target is no finite number, or all are one.
    """
    assert y is not None
    numbers = pd.to_numeric(y, errors="coerce").to_numpy(dtype=np.float64)
    if broken := int((~np.isfinite(numbers)).sum()):
        first = int(np.argmax(~np.isfinite(numbers)))
        raise UserError(
            f"The target {y.name!r} is no finite number in {broken:,} of {len(y):,} rows, the "
            f"first of them {y.iloc[first]!r}; mend them in the records or in the case's `clean`."
        )
    if len(np.unique(numbers)) < LEAST_ROWS:
        raise UserError(
            f"The target {y.name!r} has the one value {numbers[0]:g} in all {len(y):,} rows, from "
            "which nothing can be learned; choose another target or add rows."
        )
    whole = {"all": np.ones(len(y), dtype=bool), **parts}
    shares = (0, 0.25, 0.5, 0.75, 1)
    return {
        "target quartiles": {
            part: [round(float(value), 6) for value in np.quantile(numbers[mask], shares)]
            for part, mask in whole.items()
        }
    }


def learnable(part: pd.Series | None, whole: pd.Series | None) -> bool:  # noqa: ARG001
    """Tell whether the part holds two different numbers."""
    return part is not None and part.nunique() >= LEAST_ROWS


def answer(estimator: BaseEstimator, X: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    """Return the expected number of each row."""
    return pd.DataFrame({"value": np.asarray(estimator.predict(X), dtype=np.float64).ravel()})


def decide(answers: pd.DataFrame, case: Case, decision: dict[str, Any]) -> pd.Series:  # noqa: ARG001
    """Return the number of each row."""
    return answers["value"]
