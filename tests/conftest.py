"""What holds for every test."""

import os

# Each xdist worker has a core: libraries with a thread for every core would wait for one another.
for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
