"""A registered model in a process of its own, with its own code, asked over a socket.

This file stands alone, without the rest of caselab: it travels with every model, and is loaded from
there beside the files of the same name that other versions bring.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pandas as pd

EVERY_MODELS = ("skops.io", "pandas", "pandera.pandas")
"""Modules that take long to import, and that every model needs."""


class RefusedError(Exception):
    """The model does not answer for what a user can mend; the sentence that says it."""


class ModelError(Exception):
    """A registered model could not be loaded, or broke down."""


class ModelProcess:
    """A clean Python that waits for a model; it imports what that needs while we do other things.

    It ends when it is closed or collected, and within a second of the process that started it.
    """

    def __init__(self, modules: Iterable[str] = EVERY_MODELS, paths: Iterable[str] = ()):
        """Start it, and import `modules`; packages are found in `paths` too."""
        ours, theirs = socket.socketpair()
        log = tempfile.TemporaryFile()  # noqa: SIM115  see `_end`
        start = {"parent": os.getpid(), "modules": [*modules], "paths": [*paths]}
        worker = str(Path(__file__).with_name("model_worker.py"))
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", worker, str(theirs.fileno()), json.dumps(start)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                cwd=tempfile.gettempdir(),
            )
        self._owner = os.getpid()
        self._log = log
        self._connection = Connection(ours.detach())
        self.close = weakref.finalize(self, _end, self._process, self._connection, log, self._owner)

    @property
    def can_be_asked(self) -> bool:
        """Whether it is alive, and ours: a fork of the process that started it has no own one."""
        ours = self.close.alive and self._owner == os.getpid()
        return ours and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process, whatever it is doing; who waits for an answer is told so."""
        if self._process.poll() is None:
            self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(
        self, artifacts: Path, records: pd.DataFrame, params: Mapping[str, Any] | None = None
    ) -> None:
        """Begin to answer for raw records; `answers` waits for it.

        `artifacts` is the folder with the model's code, lineage and pipelines: the same each time.
        `params` are those of `registered_model.RawRecords.predict`.
        """
        self._send({"artifacts": str(artifacts.absolute()), "ask": (records, dict(params or {}))})

    def answers(self) -> pd.DataFrame:
        """Return the answers.

        Raises:
            RefusedError: the records cannot be understood, or break the contract where it is strict;
                or a file of the model is damaged.
            ModelError: the model could not be loaded, or broke down.
        """
        answers: pd.DataFrame = self._receive()
        return answers

    def load(self, artifacts: Path) -> set[str]:
        """Load the model, where that has not been done; return the names of all modules imported.

        Raises:
            RefusedError, ModelError: as `answers`.
        """
        self._send({"artifacts": str(artifacts.absolute())})
        return set(self._receive())

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._connection.send(request)
        except OSError as error:
            raise self._ended() from error

    def _receive(self) -> Any:
        try:
            reply = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        except BaseException:  # an interruption: the reply would be taken for that to the next
            self.close()
            raise
        if "error" in reply:
            raise (RefusedError if reply["is_users"] else ModelError)(reply["error"])
        return reply["answer"]

    def _ended(self) -> ModelError:
        code = self._process.wait()
        try:
            self._log.seek(0)
            told = self._log.read()[-2000:].decode("utf-8", "replace")
        except ValueError:  # another thread has closed it, and us, while we waited
            told = "it was closed while it was asked"
        return ModelError(f"{told}\nthe model's process ended with code {code}")


def _end(
    process: subprocess.Popen[bytes], connection: Connection, log: IO[bytes], pid: int
) -> None:
    connection.close()
    log.close()
    if pid == os.getpid():  # a fork's copy of us ends nobody
        process.kill()
        process.wait()
