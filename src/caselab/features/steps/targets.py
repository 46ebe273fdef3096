"""Target transformation: the scales on which a number is learned. Answers come back on its own."""

import numpy as np

from caselab.errors import UserError


def log(values: np.ndarray) -> np.ndarray:
    """Return the logarithm of one plus the value, so that 0 has one too.

    Raises:
        UserError: a value is below 0.
    """
    if (lowest := np.min(values)) < 0:
        raise UserError(
            f"target: log needs targets of at least 0, and the lowest is {lowest:g}; remove the "
            "word from the pipeline."
        )
    return np.log1p(values)


def unlog(logs: np.ndarray) -> np.ndarray:
    """Return the value whose `log` this is."""
    return np.expm1(logs)
