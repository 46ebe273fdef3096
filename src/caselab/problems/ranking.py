"""Which items a user will take to next: the kind `ranking`, recommendation by rank.

Rows are interactions. Asked about one, the answer says where its item stood (`rank`) and what its
user was `recommended`; see `evaluation/metrics/ranking.py`. Asked with users alone, it holds lists:
`place`, `item`, `title`, `score` and `why`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from caselab.data import targets
from caselab.errors import UserError
from caselab.evaluation.metrics.ranking import METRICS, TOP
from caselab.problems import Problem
from caselab.storage.rows import Inputs


def check(y: pd.Series, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the mean target of the whole and of each part.

    Raises:
        UserError: a part has no rows.
    """
    for part, mask in parts.items():
        if not mask.any():
            raise UserError(
                f"No interaction falls into {part}; ask for fewer folds, or add interactions."
            )
    return {"mean target": targets.means(y, parts)}


def learnable(part: pd.Series) -> bool:
    """Tell whether anybody met anything: equal targets tell as much as others."""
    return len(part) > 0


def answer(estimator: BaseEstimator, X: Inputs) -> pd.DataFrame:
    """Return where the asked items stand for their users; without items what to recommend."""
    found: pd.DataFrame = estimator.predict(X)
    return found


def decide(answers: pd.DataFrame) -> pd.Series:
    """Return whether the item is recommended; without items it is."""
    if "rank" not in answers:
        return pd.Series("recommend", index=answers.index)
    return pd.Series(np.where(answers["rank"] <= TOP, "recommend", "pass"), index=answers.index)


problem = Problem(
    target="numbers",
    metrics=METRICS,
    answer=answer,
    decide=decide,
    check=check,
    learnable=learnable,
    baseline_architecture="popularity",
    resample=("group",),  # every metric is a mean over users
    plots=(
        "ranking.ndcg_by_history",
        "ranking.recall_by_length",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
