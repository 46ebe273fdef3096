"""Greedy ensemble selection: the member is added, again and again, that helps the average most."""

import math
from collections.abc import Callable

import numpy as np


def greedy(score: Callable[[np.ndarray], float], n_members: int, rounds: int) -> np.ndarray:
    """Return weights `(n_members,)`, which sum to 1, of the best average met in `rounds`.

    `score` says how good an average by some weights is, the greater the better; nan is the worst.
    A member may be added many times. Of equal ones the first is added, and of equal averages the
    one with fewer is returned: with one alone the best single member, than which no return is worse.

    Source: Caruana, Niculescu-Mizil, Crew and Ksikes (2004), Ensemble selection from libraries of
    models.
    """
    counts, best, highest = np.zeros(n_members), np.zeros(n_members), -math.inf
    for _ in range(rounds):
        tried = [_known(score(_share(counts, member))) for member in range(n_members)]
        added = int(np.argmax(tried))
        counts = counts + np.eye(n_members)[added]
        if tried[added] > highest or not best.any():
            best, highest = counts / counts.sum(), tried[added]
    return best


def _share(counts: np.ndarray, member: int) -> np.ndarray:
    more = counts + np.eye(len(counts))[member]
    return more / more.sum()


def _known(score: float) -> float:
    return -math.inf if math.isnan(score) else score
