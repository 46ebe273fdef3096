"""Servers that runs leave up for the next ones: which are up, how long they stay, how they end.

Each holds the lock `.caselab/kept/<name>.lock` as long as it lives, which the kernel lets go however
it ends, and has written its process, and its port if it has one, into that file. So a file that a
dead server left, or a number that is another's by now, is never taken for one that is up.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from caselab.errors import UserError
from caselab.project import places

SECONDS = 600.0
STOP_LIMIT = 5.0  # seconds
PAUSE = 0.05  # seconds between two looks
GLANCE = 0.2  # seconds that outlast any look of another process at whether a server is up


@dataclass(frozen=True)
class Kept:
    """A server that is up, or about to be."""

    name: str
    pid: int
    port: int | None


def seconds() -> float:
    """Return for how many idle seconds a server stays up: 0 in CI, or what CASELAB_KEEP_UP says.

    Raises:
        UserError: it is no number of seconds.
    """
    given = os.environ.get("CASELAB_KEEP_UP")
    if given is None:
        return 0.0 if os.environ.get("CI") else SECONDS
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise UserError(
            f"CASELAB_KEEP_UP is {given!r}, but must be a number of seconds, such as 600; with 0 "
            "no server stays up between runs."
        )
    return number


def up(name: str = "*") -> list[Kept]:
    """Return the servers that are up, of those whose names match."""
    found = []
    for file in sorted(places.kept(f"{name}.lock").parent.glob(f"{name}.lock")):
        words = file.read_text(encoding="utf-8").split()
        if words and _held(file):
            found.append(Kept(file.stem, int(words[0]), int(words[1]) if words[1:] else None))
    return found


def port_before(name: str) -> int:
    """Return the port that a server had when it was up last, 0 if there is none."""
    with suppress(OSError, ValueError, IndexError):
        return int(places.kept(f"{name}.lock").read_text(encoding="utf-8").split()[1])
    return 0


def claim(name: str) -> IO[str] | None:
    """Return the lock of a server that is to stay up, to hold as long as it lives; None where one is."""
    file = places.kept(f"{name}.lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = file.open("a+")
    if _locked(lock, GLANCE):
        lock.truncate(0)  # at once: what a dead server has left is not said of this one
        return lock
    lock.close()
    return None


def sign(lock: IO[str], port: int) -> None:
    """Write into the lock that this process holds who it is and where it serves."""
    lock.write(f"{os.getpid()} {port}\n")
    lock.flush()


@contextmanager
def using(name: str) -> Iterator[None]:
    """Keep a server from ending as idle while the body runs; one that ends now is waited for."""
    file = _used(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as used:
        fcntl.flock(used, fcntl.LOCK_SH)
        yield


@contextmanager
def unused(name: str, patience: float = 0.0) -> Iterator[bool]:
    """Tell whether nobody uses a server; then nobody can begin to while the body runs.

    Who else looks, the server itself among them, seems to use it; `patience`, in seconds, waits.
    """
    file = _used(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as used:
        yield _locked(used, patience)


def stop(server: Kept) -> None:
    """End a server, in order or by force."""
    file = places.kept(f"{server.name}.lock")
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(server.pid, how)
        deadline = time.monotonic() + STOP_LIMIT
        while time.monotonic() < deadline:
            if not _held(file):
                return
            time.sleep(PAUSE)


def _used(name: str) -> Path:
    return places.kept(f"{name}.used")


def _locked(file: IO[str], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE)
        else:
            return True


def _held(file: Path) -> bool:
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
