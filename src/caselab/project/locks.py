"""What only one process at a time may do, held by lock files; a killed holder lets them go."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from caselab.errors import UserError
from caselab.project import places


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for whoever holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def sole(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock file `path`, or say that somebody is `busy`.

    Raises:
        UserError: somebody holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(busy) from None
        yield


@contextmanager
def one_run(say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of the project's run; whoever waits for another run is told for which."""
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


@contextmanager
def no_run(folder: Path, then: str) -> Iterator[None]:
    """Hold the lock of the run of the project in `folder`; `then` is what must wait for its end.

    Raises:
        UserError: a run is at work there.
    """
    path = folder / places.run_lock()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"A run is at work in {folder}; {then} when it is done.") from None
        yield
