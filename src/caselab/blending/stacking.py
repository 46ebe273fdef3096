"""Stacking by a linear model whose weights make an average."""

import numpy as np
from scipy.optimize import nnls

FIRMNESS = 1e4
"""How much more than an answer's error it counts that the weights sum to 1."""


def stack(answers: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return weights `(n_members,)`, none below 0 and in sum 1, of the least squared error.

    `answers` are `(n_members, n_samples, n_outputs)`, and `truth` `(n_samples, n_outputs)`: of classes
    1 for the one that came true.

    Source: Breiman (1996), Stacked regressions; with the sum of 1 van der Laan, Polley and Hubbard
    (2007), Super learner.
    """
    members, wanted = answers.reshape(len(answers), -1).T, truth.ravel()
    # Of errors no weights in sum 1 change what all share, which may be far from 0.
    centre, scale = wanted.mean(), wanted.std() or 1.0
    members, wanted = (members - centre) / scale, (wanted - centre) / scale
    firm = FIRMNESS * np.sqrt(len(wanted))
    left = np.vstack([members, np.full(len(answers), firm)])
    # The normal equations' square root is as small as the members are few.
    orthogonal, triangle = np.linalg.qr(left)
    weights, _ = nnls(triangle, orthogonal.T @ np.append(wanted, firm))
    return np.asarray(weights / weights.sum())
