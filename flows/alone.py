"""One run at a time in a folder: a second one waits, and says for whom."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from caselab.project import places


@contextmanager
def alone(say: Callable[[str], None]) -> Iterator[None]:
    """Hold .caselab/run.lock, after waiting for whoever holds it; kill -9 frees it too."""
    path = places.run_lock()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            say(f"Another run (process {holder}) is at work in this folder; waiting for its end.")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
