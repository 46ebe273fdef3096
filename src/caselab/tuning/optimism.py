"""How much better the best of many trials looks than it is, and by how much it is better at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from caselab.evaluation.comparison import Gain, over_folds
from caselab.evaluation.metrics import Metric

N_DRAWS = 2_000
FARTHEST = 2.5
"""Standard errors by which a mean is drawn in at most, so that what is truly apart stays apart."""


def gain(best: Sequence[float], present: Sequence[float], metric: Metric) -> Gain:
    """Return by how much the best's scores by fold are better, with the folds' paired interval."""
    differences = metric.gain(of=np.array(best), over=np.array(present))
    unbounded = replace(metric, bounds=(-math.inf, math.inf))
    return Gain(*over_folds(list(differences), unbounded))


def expected_gap(scores: np.ndarray, *, maximize: bool, seed: int = 0) -> float:
    """Return by how much the best mean is expected to be better than the same settings truly are.

    `scores` (n_trials, n_folds). What is left of them without the trials' and the folds' means is
    noise, whose variance in a mean of folds is that of `comparison.over_folds`. The true means are
    taken as the trials' own, drawn in as far as that noise explains their spread, within a limit
    (Efron and Morris, 1972, Limiting the risk of Bayes and empirical Bayes estimators); the spread is
    the median deviation, as searches try bad settings too. Noise drawn anew around them says what winning by chance is worth. nan where there
    is one trial or one fold.
    """
    n_trials, n_folds = scores.shape
    if n_trials < 2 or n_folds < 2:
        return math.nan
    means = scores.mean(axis=1) if maximize else -scores.mean(axis=1)
    left = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
    variance = (left**2).sum() / ((n_trials - 1) * (n_folds - 1))
    noise = variance * (1 / n_folds + 1 / (n_folds - 1))
    middle = np.median(means)
    spread = (1.4826 * np.median(np.abs(means - middle))) ** 2  # as a variance, were it normal
    kept = max(spread - noise, 0) / spread if spread else 0.0
    away = np.abs(means - middle)
    drawn_in = np.maximum(kept * away, away - FARTHEST * math.sqrt(noise))
    true = middle + np.sign(means - middle) * drawn_in
    random = np.random.default_rng(seed)
    observed = true + math.sqrt(noise) * random.standard_normal((N_DRAWS, n_trials))
    winners = observed.argmax(axis=1)
    return float(np.mean(observed[np.arange(N_DRAWS), winners] - true[winners]))
