"""Processes that tests start, and when they are gone."""

import os
import time
from pathlib import Path


def wait_until(condition, seconds=60.0):
    """Wait for a condition; fail when it does not come in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid):
    """Tell whether a process runs; one that has ended and nobody has waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
