"""Metrics of word vectors: whether they tell what people say of words.

Answers hold what was `asked` of each row's words: how they compare (`similarity`, `relatedness`), an
`analogy`, or nothing, which is which words are near. In `similarity` stands the cosine of two words, 0
where one has no vector; `solved` is 1 where the nearest word is the analogy's fourth; `known` is the
share of the words that have a vector. As gensim's are, correlations and solved analogies are of those
pairs and analogies all of whose words have one; the share of these stands beside them.
"""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, mean

ASKED, COSINE, SOLVED, KNOWN, NEAREST = "asked", "similarity", "solved", "known", "nearest"
SIMILARITY, RELATEDNESS, ANALOGY = "similarity", "relatedness", "analogy"
PAIRS = (RELATEDNESS, SIMILARITY)


def correlation(
    asked: str, y: pd.Series | None, answers: pd.DataFrame, weights: np.ndarray | None = None
) -> Any:
    """Return Spearman's rank correlation of cosines and of what people said of pairs.

    Weighted rows count as so many equal ones. It is 0 where all cosines are equal, as those of one-hot
    vectors are, which tell nothing; nan where no two pairs are known.
    """
    rows = np.flatnonzero(_told(answers, asked))
    one = np.ones(len(answers)) if weights is None else weights
    weighted = np.atleast_2d(one)[:, rows].astype(np.float64)
    if y is None or len(rows) < 2:
        found = np.full(len(weighted), np.nan)
    else:
        said = _ranks(y.to_numpy(dtype=np.float64)[rows], weighted)
        told = _ranks(answers[COSINE].to_numpy(dtype=np.float64)[rows].round(9), weighted)
        found = _pearson(said, told, weighted)
    return found if np.ndim(one) == 2 else float(found[0])


def spearman(y: pd.Series | None, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the mean of the correlations over the sets of pairs that are asked, each with its own scale."""
    sets = [name for name in PAIRS if _told(answers, name).sum() > 1]
    if not sets:
        return correlation(SIMILARITY, y, answers, weights)
    found = np.mean([correlation(name, y, answers, weights) for name in sets], axis=0)
    return found if np.ndim(found) else float(found)


def analogies(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the share of analogies that are solved by 3CosAdd (Mikolov, Yih and Zweig, 2013)."""
    return _share(answers[SOLVED], _told(answers, ANALOGY), weights)


def coverage(asked: str, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the share of pairs or analogies all of whose words have a vector."""
    return _share(answers[KNOWN] == 1, (answers[ASKED] == asked).to_numpy(), weights)


def _told(answers: pd.DataFrame, asked: str) -> np.ndarray:
    """Return the mask of the questions of a kind all of whose words have a vector."""
    return ((answers[ASKED] == asked) & (answers[KNOWN] == 1)).to_numpy()


def _share(values: pd.Series, rows: np.ndarray, weights: np.ndarray | None) -> Any:
    """Return the mean of values among some rows; nan where there are none."""
    if not rows.any():
        several = weights is not None and weights.ndim == 2
        return np.full(len(weights), np.nan) if several else float("nan")  # type: ignore[arg-type]
    chosen = values.to_numpy(dtype=np.float64)[rows]
    return mean(chosen, None if weights is None else weights[..., rows])


def _ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean rank of each value (n,) among weighted ones, (n_resamples, n)."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(values[order]) != 0])
    of_tie = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(of_tie, axis=1) - of_tie / 2
    ranks = np.empty_like(weights)
    ranks[:, order] = np.repeat(middle, np.diff(np.r_[starts, len(values)]), axis=1)
    return ranks


def _pearson(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted correlation of each row of `a` with that of `b`; 0 where one is constant."""
    total = weights.sum(1, keepdims=True)
    a = a - (weights * a).sum(1, keepdims=True) / total
    b = b - (weights * b).sum(1, keepdims=True) / total
    spread = np.sqrt((weights * a**2).sum(1) * (weights * b**2).sum(1))
    product = (weights * a * b).sum(1)
    return np.divide(product, spread, out=np.zeros_like(product), where=spread > 1e-9)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("spearman", "Spearman's rho, mean of the sets", True, spearman, (-1.0, 1.0)),
        Metric(
            RELATEDNESS,
            "Rho with relatedness",
            True,
            partial(correlation, RELATEDNESS),
            (-1.0, 1.0),
        ),
        Metric(
            SIMILARITY, "Rho with similarity", True, partial(correlation, SIMILARITY), (-1.0, 1.0)
        ),
        Metric("analogies", "Analogies solved", True, analogies),
        Metric("relatedness_known", "Related pairs known", True, partial(coverage, RELATEDNESS)),
        Metric("similarity_known", "Similar pairs known", True, partial(coverage, SIMILARITY)),
        Metric("analogies_known", "Analogies known", True, partial(coverage, ANALOGY)),
    )
}
