"""Same inputs, same bytes: what is set before anything is computed."""

import os
import random
import sys

import numpy as np
import threadpoolctl


def repeatable(seed: int, threads: int) -> threadpoolctl.threadpool_limits:
    """Seed every generator, fix every library's thread count, ask for deterministic algorithms.

    Returns a context that holds the thread count of what is loaded; the environment holds that of
    what is loaded later.
    """
    for variable in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA"):
        os.environ[f"{variable}_NUM_THREADS"] = str(threads)
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # cuBLAS repeats itself only with this
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  libraries that draw from the global generator
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
    return threadpoolctl.threadpool_limits(threads)
