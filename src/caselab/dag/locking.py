"""DVC's locks: the one of the project, held for moments, and those of the paths that a stage uses."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from dvc.lock import LockError
from dvc.repo import Repo

from caselab.dag.sentences import one_sentence
from caselab.errors import UserError
from caselab.storage.files import mendable

PATIENCE = 60.0  # seconds to wait for another DVC command where nobody is told
PAUSE = 0.5  # seconds between two tries

T = TypeVar("T")


class Locking:
    """The way in to what DVC commands beside us may read and write, for several threads of ours.

    `on_wait` is told, again and again, what is waited for; where it returns False, nobody waits on.
    """

    def __init__(self, repo: Repo) -> None:
        self.on_wait: Callable[[str], bool] | None = None
        self.mutex = threading.RLock()
        self._repo = repo
        self._place = Path(repo.root_dir, ".dvc")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold DVC's lock of the project, waiting for a `dvc` command that holds it.

        Raises:
            UserError: nobody waits any longer, or what DVC says of a user's files.
        """
        with self.mutex, one_sentence(), mendable(self._place):
            began = time.monotonic()
            while True:
                try:
                    self._repo.lock.lock()
                    break
                except LockError:
                    self._wait("Another DVC command holds this project (.dvc/tmp/lock)", began)
            try:
                yield
            except LockError as error:
                raise _BusyError(_said(str(error))) from error
            finally:
                self._repo.lock.unlock()

    def when_free(self, action: Callable[[], T]) -> T:
        """Return what comes of an action under DVC's lock, once no other command uses its paths.

        It is tried anew each time. Meanwhile the lock is free, for the other command needs it to end.
        """
        began = time.monotonic()
        while True:
            try:
                with self.exclusive():
                    return action()
            except _BusyError as busy:
                self._wait(str(busy), began)
                time.sleep(PAUSE)

    def _wait(self, word: str, began: float) -> None:
        if self.on_wait is None:
            on = time.monotonic() - began < PATIENCE
        else:
            on = self.on_wait(f"{word}; waiting for its end.")
        if not on:
            raise UserError(f"{word}; wait until it is done.")


class _BusyError(Exception):
    """A path is in use by another DVC command."""


def _said(message: str) -> str:
    """Say it in our words: `'…/models/x' is busy, it is being blocked by: (PID 7): dvc repro`."""
    path = re.search(r"'(.*)' is busy", message)
    holder = re.search(r"\(PID (\d+)\): *(.*)", message)
    if not (path and holder):
        return "Another DVC command uses the same files"
    used = Path(path[1])
    shown = used.relative_to(Path().resolve()) if used.is_relative_to(Path().resolve()) else used
    return f"Another DVC command (process {holder[1]}: {holder[2].strip()}) uses {shown}"
