"""Codes of rows, and how good they are, told against training rows, for all that compresses.

What compresses has `fit`, `transform` to codes and `inverse_transform` back, as scikit-learn's PCA
has. So that the answer for a row does not depend on which other rows are asked, neighbours of a code
are looked for in a sample of the training rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted

N_NEIGHBORS = 5
REFERENCE = 2000
"""Training rows that are kept to compare asked rows with."""

RATE_LEARNED, RATE_JUDGED = 6000, 2000
"""Training rows from which codes of other sizes are learned, and others by which they are judged."""

_ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class Judged:
    """What is told of rows `(n_samples, ...)` and their codes."""

    codes: np.ndarray  # (n_samples, n_codes)
    error: np.ndarray  # (n_samples,), mean squared error of a number of the row
    spread: np.ndarray  # (n_samples,), the same of the mean of the training rows
    trustworthiness: np.ndarray  # (n_samples,)
    label: np.ndarray | None  # (n_samples,), that most near codes have; None where none are known


class Compressor(TransformerMixin, BaseEstimator):
    """A model of codes, with the training rows that codes are compared with.

    Args:
        model: what compresses.
        sizes: of codes for which it is fitted too, to a sample of the rows.
        size: the parameter of `model` that says how many numbers a code has.
        random_state: of the samples.

    Attributes:
        model_: fitted.
        mean_: of the training rows, (n_numbers,).
        rate_: columns `n_codes`, `error` and `rows` (those learned from), of `sizes`.
        reference_, reference_codes_, reference_labels_: of a sample of the training rows.
    """

    reference_labels_: np.ndarray | None

    def __init__(
        self,
        model: Any,
        sizes: tuple[int, ...] = (),
        size: str = "n_components",
        random_state: int = 0,
    ):
        self.model = model
        self.sizes = sizes
        self.size = size
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn codes from rows `(n_samples, ...)`; of `y` (n_samples,) nothing is learned.

        Where it is given, a code's neighbours say what of it the row is likely to be.
        """
        self.model_ = clone(self.model).fit(X)
        random = np.random.default_rng(self.random_state)
        drawn = random.permutation(len(X))
        kept = np.sort(drawn[:REFERENCE])
        self.reference_ = X[kept].reshape(len(kept), -1)
        self.reference_codes_ = np.asarray(self.model_.transform(X[kept]), dtype=np.float64)
        self.reference_labels_ = None if y is None else np.asarray(y)[kept].astype(str)
        self.mean_ = np.zeros(self.reference_.shape[1])
        for block in _blocks(X):
            self.mean_ += _numbers(block).sum(axis=0) / len(X)
        self.rate_ = self._rate(X, drawn) if self.sizes else {}
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the code of each row `(n_samples, n_codes)`."""
        check_is_fitted(self, "model_")
        return np.asarray(self.model_.transform(X))

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """Return the row that each code stands for `(n_samples, ...)`."""
        check_is_fitted(self, "model_")
        return np.asarray(self.model_.inverse_transform(Z))

    @property
    def history_(self) -> list[dict[str, float]]:
        """What a network noted of its epochs."""
        return getattr(self.model_, "history_", [])

    def judge(self, X: Any) -> Judged:
        """Return the codes of rows, and how good they are."""
        parts = [self._judged(block) for block in _blocks(X)]
        columns = zip(*parts, strict=True)
        codes, error, spread, trust, label = (np.concatenate(column) for column in columns)
        known = self.reference_labels_ is not None
        return Judged(codes, error, spread, trust, label if known else None)

    def _judged(self, X: np.ndarray) -> tuple[np.ndarray, ...]:
        codes, rows = np.asarray(self.transform(X), dtype=np.float64), _numbers(X)
        error = np.square(_numbers(self.inverse_transform(codes)) - rows).mean(axis=1)
        spread = np.square(rows - self.mean_).mean(axis=1)
        near = self._neighbours(codes)
        labels = self.reference_labels_
        label = np.zeros(len(X)) if labels is None else commonest(labels[near])
        trust = trustworthiness(rows, self.reference_, near)
        return codes.astype(np.float32), error, spread, trust, label  # many codes take much memory

    def _neighbours(self, codes: np.ndarray) -> np.ndarray:
        count = min(N_NEIGHBORS, len(self.reference_codes_))
        search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(self.reference_codes_)
        near: np.ndarray = search.kneighbors(codes, return_distance=False)
        return near

    def _rate(self, X: Any, drawn: np.ndarray) -> dict[str, list[float]]:
        """Fit codes of other sizes to a sample of the rows, and judge them by another."""
        judged = X[np.sort(drawn[: min(RATE_JUDGED, len(drawn) // 4)])]
        learned = X[np.sort(drawn[len(judged) : len(judged) + RATE_LEARNED])]
        found: dict[str, list[float]] = {"n_codes": [], "error": [], "rows": []}
        for size in self.sizes:
            model = clone(self.model).set_params(**{self.size: size}).fit(learned)
            given_back = _numbers(model.inverse_transform(model.transform(judged)))
            found["n_codes"].append(size)
            found["rows"].append(len(learned))
            found["error"].append(float(np.square(given_back - _numbers(judged)).mean()))
        return found


def trustworthiness(rows: np.ndarray, reference: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Return how far the neighbours of each row's code are the row's own, `(n_samples,)`.

    From 0 to 1: a neighbour that is not among the row's own k nearest costs its rank among them.

    Args:
        rows: (n_samples, n_numbers).
        reference: (n_reference, n_numbers), other rows.
        near: (n_samples, k), the places in `reference` of the rows whose codes are nearest.

    Source: Venna and Kaski (2001), Neighborhood preservation in nonlinear projection methods.
    """
    n, k = len(reference), near.shape[1]
    if 2 * n <= 3 * k:  # too few to be ranked
        return np.ones(len(rows))
    away = pairwise_distances(rows, reference)
    of_near = np.take_along_axis(away, near, axis=1)  # (n_samples, k)
    ranks = np.stack([(away < each[:, None]).sum(axis=1) + 1 for each in of_near.T], axis=1)
    cost = np.maximum(ranks - k, 0).sum(axis=1)
    found: np.ndarray = 1 - 2 * cost / (k * (2 * n - 3 * k + 1))
    return found


def commonest(labels: np.ndarray) -> np.ndarray:
    """Return the label that each row `(n_samples, k)` has most often; of several the first by name."""
    names, numbers = np.unique(labels, return_inverse=True)
    numbers = numbers.reshape(labels.shape)
    counts = np.stack([(numbers == each).sum(axis=1) for each in range(len(names))], axis=1)
    found: np.ndarray = names[counts.argmax(axis=1)]
    return found


def _numbers(X: Any) -> np.ndarray:
    """Return rows as numbers side by side, `(n_samples, n_numbers)`."""
    rows = np.asarray(X, dtype=np.float64)
    return rows.reshape(len(rows), -1)


def _blocks(X: Any) -> Iterator[np.ndarray]:
    for start in range(0, len(X), _ROWS_AT_ONCE):
        yield X[start : start + _ROWS_AT_ONCE]
