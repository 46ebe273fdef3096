"""How much: the kind `regression`.

Answers hold one column, `value`, in the target's own unit.
"""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.evaluation.metrics.regression import METRICS
from caselab.problems import Problem
from caselab.storage.rows import Inputs


def answer(estimator: BaseEstimator, X: Inputs) -> pd.DataFrame:
    """Return the expected number of each row."""
    return pd.DataFrame({"value": np.asarray(estimator.predict(X), dtype=np.float64).ravel()})


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the number of each row."""
    return answers["value"]


problem = Problem(
    target="numbers",
    metrics=METRICS,
    answer=answer,
    decide=decide,
    words=("target",),
    plots=(
        "residuals.predicted_over_observed",
        "residuals.residuals",
        "residuals.residual_distribution",
        "residuals.error_by_decile",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
