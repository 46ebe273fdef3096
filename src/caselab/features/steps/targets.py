"""The scales on which a number is learned; answers come back on its own."""

import numpy as np


def log(values: np.ndarray) -> np.ndarray:
    """Return the logarithm of one plus the value, so that 0 has one too."""
    return np.log1p(values)


def unlog(logs: np.ndarray) -> np.ndarray:
    """Return the value whose `log` this is."""
    return np.expm1(logs)
