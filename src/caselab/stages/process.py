"""Run a stage in a process of its own, forked from a server that has the big libraries imported.

A fork takes some 20 ms where the imports alone would take 10 s. Nothing leaks from stage to stage,
and a crash, a kill or a time limit ends that stage alone.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.params import Params
from caselab.stages import OnEpoch, Provenance, fork_server
from caselab.stages.child import Call
from caselab.stages.fork_server import PULSE
from caselab.stages.forks import NUMBER

GRACE = 5.0  # seconds from the request to end to the kill

_running: set[int] = set()


class StageError(Exception):
    """A stage's process did not do its work; `log` has what it wrote."""

    def __init__(self, reason: str, log: Path) -> None:
        super().__init__(reason, log)
        self.reason = reason
        self.log = log

    def __str__(self) -> str:
        return f"{self.reason} (log: {self.log})"


class StageStoppedError(Exception):
    """A stage's process was ended because the caller set `cancel`."""


def run_in_fork(
    verb: str,
    name: str,
    *,
    log: Path,
    time_limit: float | None = None,
    params: Params | None = None,
    provenance: Provenance | None = None,
    cancel: threading.Event | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """Run the stage `verb` of `name` in a new process, with its output appended to `log`.

    `time_limit` is in seconds. `on_epoch` hears of each epoch (fold, epoch, metrics) as it ends.

    Raises:
        UserError: as the stage raised it.
        StageError: if the stage raised anything else, crashed, was killed or ran out of time.
        StageStoppedError: if `cancel` was set.
    """
    call_in_fork(
        "caselab.stages:run",
        (verb, name),
        {"params": params, "provenance": provenance},
        log=log,
        time_limit=time_limit,
        cancel=cancel,
        events=("on_epoch", on_epoch) if on_epoch else None,
    )


def call_in_fork(
    function: str,
    args: Sequence[Any] = (),
    kwargs: dict[str, Any] | None = None,
    *,
    log: Path,
    time_limit: float | None = None,
    cancel: threading.Event | None = None,
    events: tuple[str, Callable[..., None]] | None = None,
) -> Any:
    """Return what `function` ("module:name") returns when it is called in a new process.

    `events` names an argument of the function; what it is called with there, the callback here
    is called with. Otherwise as `run_in_fork`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    call = Call(
        function, tuple(args), kwargs or {}, events[0] if events else None, log.resolve(),
        dict(os.environ),
    )  # fmt: skip
    process = _forked(log, cancel)
    _running.add(process.pid)
    try:
        with suppress(OSError):  # its end tells more
            process.channel.send((str(Path.cwd()), sys.path))
            process.channel.send(call)
        return _outcome(process, log, time_limit, cancel, events)
    finally:
        process.channel.close()
        # Its work is done or given up; its end, which takes as long as the fork, nobody waits for.
        threading.Thread(target=_reap, args=(process,), daemon=True).start()


def _forked(log: Path, cancel: threading.Event | None) -> Forked:
    """Have a process forked; a server that was killed since the last is started again."""
    for last in (False, True):
        await_server(cancel)
        server = fork_server.control()
        try:
            return Forked(*fork_server.start())
        except OSError as error:
            if last:
                raise StageError(f"the fork server has ended ({error})", log) from error
            fork_server.renew(server)
    raise AssertionError


@dataclass
class Forked:
    """A process that the fork server has started for us."""

    channel: Connection
    status: int
    """A pipe by which its exit code comes."""
    pid: int
    code: int | None = None

    def join(self, seconds: float) -> bool:
        """Wait for its end; tell whether it came."""
        if self.code is None and select.select([self.status], [], [], seconds)[0]:
            told = os.read(self.status, NUMBER.size)
            if told:
                self.code = NUMBER.unpack(told)[0]
            else:  # the server was killed, and with it this process, but not what that had started
                self.code = -signal.SIGKILL
                _kill(self.pid, signal.SIGKILL)
        return self.code is not None


def kill_all() -> None:
    """Kill every process that runs for this one, and all they started."""
    for pid in list(_running):
        _kill(pid, signal.SIGKILL)


def await_server(cancel: threading.Event | None = None) -> None:
    """Wait until the fork server has done its imports; it is started if it was not.

    Raises:
        StageStoppedError: if `cancel` was set.
    """
    if not fork_server.ready(cancel):
        raise StageStoppedError


def _outcome(
    process: Forked,
    log: Path,
    time_limit: float | None,
    cancel: threading.Event | None,
    events: tuple[str, Callable[..., None]] | None,
) -> Any:
    deadline = time.monotonic() + time_limit if time_limit else float("inf")
    for kind, content in _messages(process):
        if kind == "event":
            assert events
            events[1](*content)
        elif kind != "pulse":
            return _value(kind, content, log)
        if cancel and cancel.is_set():
            _end(process)
            raise StageStoppedError
        if time.monotonic() > deadline:
            _end(process)
            raise StageError(f"ran longer than its time limit of {time_limit:g} seconds", log)
    raise StageError(_death(process.code), log)


def _messages(process: Forked) -> Iterator[tuple[str, Any]]:
    """Yield what the process sends, and `pulse` in between, until it has ended."""
    speaks = True
    ended = False
    while not ended:
        sources: list[Any] = [process.status, *([process.channel] if speaks else [])]
        ended = process.status in select.select(sources, [], [], PULSE)[0]
        try:
            while speaks and process.channel.poll():
                yield process.channel.recv()
        except (EOFError, OSError):
            speaks = False
        yield "pulse", None
    process.join(0)


def _value(kind: str, content: Any, log: Path) -> Any:
    if kind == "user error":
        raise UserError(content)
    if kind == "error":
        raise StageError(content, log)
    return content


def _reap(process: Forked) -> None:
    """Let the process end; kill it when it lingers, and all that it has left running with it."""
    if not process.join(GRACE):
        _kill(process.pid, signal.SIGKILL)
        process.join(GRACE)
    _running.discard(process.pid)
    os.close(process.status)


def _end(process: Forked) -> None:
    _kill(process.pid, signal.SIGTERM)
    if not process.join(GRACE):
        _kill(process.pid, signal.SIGKILL)


def _kill(pid: int, how: signal.Signals) -> None:
    """Signal the process, and all that it has started."""
    for kill in (os.killpg, os.kill):  # it leads no group yet in its first moment
        try:
            kill(pid, how)
        except (ProcessLookupError, PermissionError):
            continue
        return


def _death(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its process left with exit code {code} before its work was done"
    name = signal.Signals(-code).name
    if -code == signal.SIGKILL:
        return f"its process was killed ({name}), most often because memory ran out"
    if -code in {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}:
        return f"its process crashed in native code ({name})"
    return f"its process was ended from outside ({name})"
