"""Metrics of sentences that were written, beside those that were asked for: sacrebleu's.

What single sentences add is counted once; the scores of a resample are those of its sums.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, mean

TEXT = "text"
"""The column of answers that holds what was written."""


def bleu(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return BLEU of all sentences together, by sacrebleu's own tokens (13a), from 0 to 100.

    Source: Papineni, Roukos, Ward and Zhu (2002), BLEU: a method for automatic evaluation of machine
    translation; Post (2018), A call for clarity in reporting BLEU scores.
    """
    return _score("bleu", y, answers, weights)


def chrf(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return chrF2 of all sentences together, by n-grams of up to 6 characters, from 0 to 100.

    Source: Popović (2015), chrF: character n-gram F-score for automatic MT evaluation.
    """
    return _score("chrf", y, answers, weights)


def exact(y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the share of sentences that are those that were asked for."""
    return mean(y.astype(str).to_numpy() == answers[TEXT].astype(str).to_numpy(), weights)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("chrf", "chrF", True, chrf, (0.0, 100.0)),
        Metric("bleu", "BLEU", True, bleu, (0.0, 100.0)),
        Metric("exact", "Share of equal sentences", True, exact),
    )
}


def _score(name: str, y: pd.Series, answers: pd.DataFrame, weights: np.ndarray | None) -> Any:
    counts = _counts(name, tuple(y.astype(str)), tuple(answers[TEXT].astype(str)))
    of_sums: Callable[[list[int]], Any] = _metric(name)._compute_score_from_stats
    if weights is None:
        return float(of_sums(counts.sum(0).tolist()).score)
    sums = np.rint(np.atleast_2d(weights) @ counts).astype(int).tolist()
    scores = np.array([float(of_sums(row).score) for row in sums])
    return scores if weights.ndim == 2 else float(scores[0])


@lru_cache(maxsize=8)  # resamples ask for the same rows again and again
def _counts(name: str, said: tuple[str, ...], written: tuple[str, ...]) -> np.ndarray:
    """Return what each sentence adds to the sums that a score is of, (n_samples, n_sums)."""
    found = _metric(name)._extract_corpus_statistics([*written], [[*said]])
    return np.array(found, dtype=float)


@cache
def _metric(name: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    return BLEU() if name == "bleu" else CHRF()
