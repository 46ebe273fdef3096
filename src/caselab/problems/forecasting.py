"""What comes next in each series: the kind `forecasting`.

A row is an origin, and its target the values of all moments of its horizon (data/series.py). Answers
hold lists, as long as the horizon: the `time` of each moment, its `value`, and the bounds that hold
it in 80 and 95 of 100 cases; and the row's `scale`, in which errors are counted. Bounds come from the
errors that were made in folds: whatever forecasts has them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.data.series import SCALE, SECONDS
from caselab.errors import UserError
from caselab.evaluation.metrics.forecasting import ERRORS, METRICS
from caselab.forecasting.intervals import LEVELS, bounds, conformal, horizons
from caselab.problems import Problem

LEAST_ORIGINS = 10


def check(y: pd.Series, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the mean value of the whole and of each part.

    Raises:
        UserError: training has too few origins, or all values are one.
    """
    if (n := int(parts["train"].sum())) < LEAST_ORIGINS:
        raise UserError(
            f"Only {n} origins are left to learn from, and at least {LEAST_ORIGINS} are needed: the "
            "series are too short for their folds; give more of them, or shorten window and horizon "
            "in the case's file."
        )
    values = horizons(y)
    if np.ptp(values) == 0:
        raise UserError(
            f"All values are {values.flat[0]:g}, so there is nothing to forecast; choose another "
            "column."
        )
    of_parts = {part: float(values[mask].mean()) for part, mask in parts.items()}
    return {"mean value": {"whole": float(values.mean()), **of_parts}}


def answer(estimator: BaseEstimator, X: pd.DataFrame) -> pd.DataFrame:
    """Return the times and expected values of each row's horizon, and its scale."""
    values = np.asarray(estimator.predict(X), dtype=np.float64)
    seconds = np.stack(X[SECONDS].tolist())[:, -values.shape[1] :]
    times = seconds.astype("datetime64[s]")
    return pd.DataFrame(
        {
            "time": [[str(time).replace("T", " ") for time in row] for row in times],
            "value": list(values),
            "scale": X[SCALE].to_numpy(dtype=np.float64),
        }
    )


def decision(y: pd.Series, answers: pd.DataFrame) -> dict[str, Any]:
    """Return by how much answers to rows that were held out were wrong, for the bounds of others."""
    errors = horizons(y) - horizons(answers["value"])
    return {ERRORS: conformal(errors / answers[["scale"]].to_numpy())}


def completed(answers: pd.DataFrame, decision: Mapping[str, Any]) -> pd.DataFrame:
    """Return answers with the bounds of each moment."""
    values, scale = horizons(answers["value"]), answers["scale"].to_numpy()
    found: dict[str, Any] = {}
    for level in LEVELS:
        lower, upper = bounds(values, scale, decision[ERRORS], level)
        found |= {f"lower_{level}": list(lower), f"upper_{level}": list(upper)}
    return answers.assign(**found)


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the values of each row's horizon."""
    return answers["value"]


problem = Problem(
    target="series",
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    decision=decision,
    completed=completed,
    baseline_architecture="seasonal_naive",
    refit_champion=True,
    resample=("time",),
    plots=(
        "forecasts.forecasts",
        "forecasts.error_by_step",
        "forecasts.coverage_by_step",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
