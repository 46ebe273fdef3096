"""Detectors of anomalies: what an answer tells of a row beside its score, for all of them alike.

A detector is an estimator with `score_samples`, higher for rows that are more ordinary, as
scikit-learn's are. `Detector` keeps of the training rows what it takes to tell scores in one unit,
which columns make a row odd, and how well odd rows are found where nobody knows any.
"""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted, validate_data

SPOILED = 1000
"""Spoiled rows whose scores are kept."""
ORDINARY = 0.9
"""The share of training rows that are ordinary, so that no column is to be named."""
_SCORED = 2000
"""Training rows that are scored to know how far up that share goes."""
_FEW = 20
"""Different values up to which a feature takes no others, as a count or a flag."""


class Detector(BaseEstimator):
    """An estimator that scores rows, and what is known of the rows it has learned from.

    Args:
        estimator: with `fit` and `score_samples`.
        random_state: of the rows that are spoiled.
        reconstructs: whether its score is how well it gives rows back, by `transform` and
            `inverse_transform`; then the columns that it gives back worst make a row odd.

    Fitted: `detector_`; `typical_` (n_features,), medians; `middle_` and `edge_`, between which its
    own scores of half of the ordinary rows lie; `spoiled_` (n_spoiled,), the scores of rows that are
    spoiled, in rising order.
    """

    def __init__(
        self, estimator: Any, random_state: int | None = None, *, reconstructs: bool = False
    ):
        self.estimator = estimator
        self.random_state = random_state
        self.reconstructs = reconstructs

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Learn from rows `(n_samples, n_features)`; there is nothing to be told of them."""
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self.detector_ = clone(self.estimator).fit(X)
        random = np.random.default_rng(self.random_state)
        self.typical_ = np.median(X, axis=0)
        some = X[np.sort(random.permutation(len(X))[:_SCORED])]
        scores = -np.asarray(self.detector_.score_samples(some), dtype=np.float64)
        self.middle_, self.edge_ = map(float, np.quantile(scores, [0.5, ORDINARY]))
        self.spoiled_ = np.sort(self.score(spoiled(X, SPOILED, random)))
        return self

    @property
    def history_(self) -> list[dict[str, float]]:
        """What a network noted of its epochs."""
        return getattr(self.detector_, "history_", [])

    def score(self, X: np.ndarray) -> np.ndarray:
        """Return how odd each row is `(n_samples,)`: 0 as the middle training row, 1 at the edge.

        Up to the edge nine in ten training rows are ordinary. So scores of fits to other rows, whose
        units may differ, can be held against one threshold.
        """
        check_is_fitted(self, "detector_")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        odd = -np.asarray(self.detector_.score_samples(X), dtype=np.float64)
        return (odd - self.middle_) / ((self.edge_ - self.middle_) or 1.0)

    def below_spoiled(self, score: np.ndarray) -> np.ndarray:
        """Return the share of spoiled rows that are odder than each `score` `(n_samples,)`.

        A tie counts half, so that the mean over rows is the area under a ROC curve.
        """
        below, upto = (np.searchsorted(self.spoiled_, score, side) for side in ("left", "right"))
        return 1 - (below + upto) / (2 * len(self.spoiled_))

    def oddness(self, X: np.ndarray, score: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Return how odd each column of each row is `(n_samples, n_columns)`; 0 in ordinary rows.

        Of rows that are given back it is the squared error; else by how much the score would fall
        if the column were typical.

        Args:
            X: (n_samples, n_features).
            score: (n_samples,), higher where odder.
            column: (n_features,), the number of the column that each feature is made of.
        """
        X = np.asarray(X, dtype=np.float64)
        found = np.zeros((len(X), int(column.max()) + 1))
        odd = np.flatnonzero(score > 1)
        if not len(odd):
            return found
        rows = X[odd]
        if self.reconstructs:
            given_back = self.detector_.inverse_transform(self.detector_.transform(rows))
            errors = (rows - given_back) ** 2
            found[odd] = errors @ (column[:, None] == np.arange(found.shape[1]))
            return found
        for number in range(found.shape[1]):
            typical = np.where(column == number, self.typical_, rows)
            found[odd, number] = score[odd] - self.score(typical)
        return np.maximum(found, 0)


def spoiled(X: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Return `count` of the rows, each with one wrong value: anything that its column may hold.

    Numbers are drawn evenly between the least and the greatest that there is, or among those that
    there are where they are few. Features that are one category's (neighbours that are 0 or 1 and
    always sum to 1) change together, to the category of another row.
    """
    rows = X[random.integers(len(X), size=count)].copy()
    blocks = _blocks(X)
    chosen = random.integers(len(blocks), size=count)
    for number, block in enumerate(blocks):
        where = np.flatnonzero(chosen == number)
        of_block = X[:, block]
        known = np.unique(of_block, axis=0)
        if len(known) <= _FEW or of_block.shape[1] > 1:
            rows[where, block] = known[random.integers(len(known), size=len(where))]
        else:
            drawn = random.uniform(known[0, 0], known[-1, 0], size=len(where))
            rows[where, block] = drawn[:, None]
    return rows


def _blocks(X: np.ndarray) -> list[slice]:
    """Return the features of one column each: neighbours that are 0 or 1 and always sum to 1."""
    blocks, start = [], 0
    while start < X.shape[1]:
        end = _end_of_block(X, start)
        blocks.append(slice(start, end))
        start = end
    return blocks


def _end_of_block(X: np.ndarray, start: int) -> int:
    total = np.zeros(len(X))
    for end in range(start, X.shape[1]):
        feature = X[:, end]
        if not np.isin(feature, (0, 1)).all():
            break
        total += feature
        if total.max() > 1:
            break
        if total.min() == 1:
            return end + 1
    return start + 1
