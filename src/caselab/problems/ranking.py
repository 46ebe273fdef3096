"""Which items a user will take to next: `Problem` for recommendation by rank.

Rows are interactions. Asked about one, the answer says where its item stood (`rank`) and what its
user was `recommended`; see `evaluation/metrics/ranking.py`. Asked with users alone, it holds lists:
`place`, `item`, `title`, `score` and `why`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.cases import Case
from caselab.errors import UserError
from caselab.evaluation.metrics.ranking import METRICS, TOP
from caselab.problems import nothing_to_choose, scorer

metrics = METRICS
plots = (
    "ranking.ndcg_by_history",
    "ranking.recall_by_length",
    "learning.learning_curve",
    "learning.epochs",
)
resample = ("group",)  # every metric is a mean over users
words = ()
baseline_architecture = "popularity"
champion = True
decision = nothing_to_choose
score = scorer(METRICS)


def strata(y: pd.Series | None) -> pd.Series | None:  # noqa: ARG001
    """Return nothing: time parts the rows."""
    return None


def check(y: pd.Series | None, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the mean target of the whole and of each part.

    Raises:
        UserError: a part has no rows.
    """
    assert y is not None
    for part, mask in parts.items():
        if not mask.any():
            raise UserError(
                f"No interaction falls into {part}; ask for fewer folds, or add interactions."
            )
    means = {part: float(y[mask].mean()) for part, mask in parts.items()}
    return {"mean target": {"whole": float(y.mean()), **means}}


def learnable(part: pd.Series | None, whole: pd.Series | None) -> bool:  # noqa: ARG001
    """Tell whether there is anything."""
    return part is not None and len(part) > 0


def answer(estimator: BaseEstimator, X: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    """Return where the asked items stand for their users; without items what to recommend."""
    found: pd.DataFrame = estimator.predict(X)
    return found


def decide(
    answers: pd.DataFrame,
    case: Case,  # noqa: ARG001
    decision: dict[str, Any],  # noqa: ARG001
) -> pd.Series:
    """Return whether the item is recommended; without items it is."""
    if "rank" not in answers:
        return pd.Series("recommend", index=answers.index)
    return pd.Series(np.where(answers["rank"] <= TOP, "recommend", "pass"), index=answers.index)
