"""What holds for every test."""

import os
import signal

# Each xdist worker has a core: libraries with a thread for every core would wait for one another.
for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# A shell that starts the tests in the background has Ctrl-C ignored, here and in what we start.
signal.signal(signal.SIGINT, signal.default_int_handler)
