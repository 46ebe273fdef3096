"""The average of what pipelines answer, to the last bit the same wherever it is taken."""

import numpy as np


def averaged(weights: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return the average of answers `(n_members, n_samples, ...)`, by weights `(n_members,)`."""
    total = weights[0] * answers[0]
    for weight, each in zip(weights[1:], answers[1:], strict=True):
        total = total + weight * each
    return np.asarray(total)
