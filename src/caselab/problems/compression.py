"""How little says what a row is: the kind `compression`, which learns from rows alone.

Answers hold the row's code in `code_1`, `code_2`, and so on, the mean squared error of what it gives
back, the row's mean squared distance to the mean of training, how trustworthy the code's neighbours
are, and, where the case names a class, the class that most of them have. A class is never learned
from: it judges codes. Neighbours are training rows, so a row's answer is the same alone and among
others. The estimator's last step is a `reconstruction.compressors.Compressor`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab.errors import UserError
from caselab.evaluation.metrics.compression import ERROR, LABEL, METRICS, SPREAD, TRUST
from caselab.problems import Problem
from caselab.storage.rows import Inputs

LEAST_ROWS = 20


@dataclass(frozen=True)
class Settings:
    """What `evaluation` of such a case may say; params.yaml is checked against the types."""

    maps: tuple[Literal["pca", "tsne", "umap"], ...] = ("pca", "tsne", "umap")


def check(parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return nothing to report: codes are learned from rows alone.

    Raises:
        UserError: training has too few rows.
    """
    rows = int(parts["train"].sum())
    if rows < LEAST_ROWS:
        raise UserError(
            f"Only {rows} rows are left to learn codes from; at least {LEAST_ROWS} are needed, so "
            "add rows."
        )
    return {}


def answer(estimator: Pipeline, X: Inputs) -> pd.DataFrame:
    """Return code, error, distance to the mean, trustworthiness and neighbours' class of each row."""
    found = estimator[-1].judge(estimator[:-1].transform(X))
    names = [f"code_{number + 1}" for number in range(found.codes.shape[1])]
    answers = pd.DataFrame(found.codes, columns=names, copy=False)
    answers[ERROR], answers[SPREAD] = found.error, found.spread
    answers[TRUST] = found.trustworthiness
    if found.label is not None:
        answers[LABEL] = found.label
    return answers


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return the class of each row's neighbours; where rows have none, how large its error is."""
    return answers[LABEL if LABEL in answers else ERROR]


problem = Problem(
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    plots=(
        "codes.reconstructions",
        "codes.maps",
        "codes.rate",
        "generation.samples",
        "generation.interpolations",
        "generation.likelihood",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
