"""The rows a network holds out of what it was given, to know when to stop."""

import numpy as np


def hold_out(
    n_rows: int, fraction: float, seed: int, classes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions to learn from and those to validate on, both in rising order.

    With `classes` (n_rows,) each class gives its own share, and keeps at least one row to learn
    from. Few rows may leave nothing to validate on.
    """
    random = np.random.default_rng(seed)
    strata = np.zeros(n_rows, dtype=int) if classes is None else classes
    held = np.zeros(n_rows, dtype=bool)
    for stratum in np.unique(strata):
        rows = random.permutation(np.flatnonzero(strata == stratum))
        held[rows[: min(round(fraction * len(rows)), len(rows) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)
