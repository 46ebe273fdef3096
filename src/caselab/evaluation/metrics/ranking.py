"""Metrics of ranked items: means over users, of answers with one row for each asked interaction.

An answer holds the `user`, the `rank` of the asked item among what that user had not met, the
items `recommended` to the user (the first ten), their `novelty`, and of how many items they were
chosen (`n_items`). What is relevant is an interaction whose target is no lower than the case's
`positive`; with `positive=None` every one is. Users without anything relevant are left out of all
metrics that look for it, as in Microsoft's `recommenders`. Rows of one user have one weight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Case, Metric, mean

TOP = 10


@dataclass(frozen=True)
class Users:
    """What was found for each user; row j of `first` is that user's first row of answers."""

    first: np.ndarray  # (n_users,)
    number: np.ndarray  # (n_samples,), of each row's user
    relevant: np.ndarray  # (n_samples,)
    rank: np.ndarray  # (n_samples,)

    @classmethod
    def of(cls, y: pd.Series, answers: pd.DataFrame, case: Case) -> "Users":
        """Tell users apart, and which of their rows were to be found."""
        number, _ = pd.factorize(answers["user"])
        _, first = np.unique(number, return_index=True)
        if case.positive is None:
            relevant = np.ones(len(answers), dtype=bool)
        else:
            relevant = np.asarray(y, dtype=np.float64) >= float(str(case.positive))
        return cls(first, number, relevant, answers["rank"].to_numpy(dtype=np.float64))

    def total(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of rows' values by user, `(n_users,)`."""
        return np.bincount(self.number, weights=values, minlength=len(self.first))

    @property
    def sought(self) -> np.ndarray:
        """How many relevant items each user has, `(n_users,)`."""
        return self.total(self.relevant)

    @property
    def found(self) -> np.ndarray:
        """Whether each row is relevant and among the first ten, `(n_samples,)`."""
        return self.relevant & (self.rank <= TOP)


def ndcg(users: Users) -> np.ndarray:
    """Return the gain of what was found, discounted by rank, over that of the best order."""
    gain = users.total(np.where(users.found, 1 / np.log2(1 + users.rank), 0))
    best = np.cumsum(1 / np.log2(np.arange(2, TOP + 2)))
    return gain / best[np.clip(users.sought, 1, TOP).astype(int) - 1]


def precision(users: Users) -> np.ndarray:
    """Return the share of the ten that is relevant."""
    return users.total(users.found) / TOP


def recall(users: Users) -> np.ndarray:
    """Return the share of what is relevant that is among the ten."""
    return users.total(users.found) / np.maximum(users.sought, 1)


def hit_rate(users: Users) -> np.ndarray:
    """Return 1 where at least one of the ten is relevant."""
    return (users.total(users.found) > 0).astype(float)


def average_precision(users: Users) -> np.ndarray:
    """Return the mean of the precision at each relevant item found, over the most that could be."""
    order = np.lexsort((users.rank, users.number))
    found = users.found[order].astype(float)
    before = np.cumsum(found)
    number = users.number[order]
    starts = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    within = before - np.repeat(before[starts] - found[starts], np.diff(np.r_[starts, len(order)]))
    precisions = np.zeros(len(order))
    precisions[order] = found * within / users.rank[order]
    return users.total(precisions) / np.clip(users.sought, 1, TOP)


def _of_seekers(value: Callable[[Users], np.ndarray]) -> Callable[..., Any]:
    """Make a metric of a value by user: the mean over users with something relevant."""

    def metric(
        y: pd.Series,
        answers: pd.DataFrame,
        case: Case,
        weights: np.ndarray | None = None,
    ) -> Any:
        users = Users.of(y, answers, case)
        seekers = np.flatnonzero(users.sought > 0)
        if not len(seekers):
            nothing = np.full(len(np.atleast_2d(weights)) if weights is not None else 1, np.nan)
            return nothing if weights is not None and weights.ndim == 2 else float("nan")
        rows = users.first[seekers]
        return mean(value(users)[seekers], None if weights is None else weights[..., rows])

    return metric


def novelty(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the mean self-information of what is recommended, in bits (Zhou et al., 2010)."""
    first = ~answers["user"].duplicated().to_numpy()
    values = answers["novelty"].to_numpy(dtype=np.float64)[first]
    return mean(values, None if weights is None else weights[..., first])


def coverage(
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the share of all items that is recommended to somebody.

    A resample holds fewer different users than there are, so it covers less whatever the model, and
    the bootstrap says nothing: its values are not defined.
    """
    if weights is not None and weights.ndim == 2:
        return np.full(len(weights), np.nan)
    lists = answers.loc[~answers["user"].duplicated(), "recommended"]
    shown = {item for items in lists for item in items.split("\n") if item}
    return len(shown) / float(answers["n_items"].iloc[0])


METRICS = {
    metric.name: metric
    for metric in (
        Metric("ndcg_at_10", "nDCG@10", True, _of_seekers(ndcg)),
        Metric("precision_at_10", "Precision@10", True, _of_seekers(precision)),
        Metric("recall_at_10", "Recall@10", True, _of_seekers(recall)),
        Metric("hit_rate_at_10", "Hit rate@10", True, _of_seekers(hit_rate)),
        Metric("map_at_10", "MAP@10", True, _of_seekers(average_precision)),
        Metric("coverage_at_10", "Coverage@10", True, coverage),
        Metric("novelty_at_10", "Novelty@10", True, novelty, (0.0, np.inf)),
    )
}
