"""Run a stage in a process of its own, forked from a server that has the big libraries imported.

A fork takes some 20 ms where the imports alone would take 10 s. Nothing leaks from stage to stage, a
crash, a kill or a time limit ends that stage alone, and because the server never imports caselab
itself, the code that runs is always the code on disk.
"""

from __future__ import annotations

import faulthandler
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver, resource_tracker, spawn
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.params import Params
from caselab.stages import OnEpoch, Provenance
from caselab.tracking import store

# Importing `store` has put into the environment what MLflow must find when it is imported.
MLFLOW = tuple(module for module in store.PRELOAD if not module.startswith("caselab"))
ALWAYS = ("numpy", "threadpoolctl", "pydantic.main", "ruamel.yaml", "yaml", "urllib.request")
TABLES = ("pandas", "pandas.core.arrays.arrow.extension_types", "pyarrow.dataset")
IMPORTS = {  # what each verb's process needs, in the order of import
    "fetch": (*TABLES, "pooch"),
    "prepare": (*TABLES, "pandera.pandas", "pandera.strategies.pandas_strategies"),
    "featurize": TABLES,
    "train": (
        *TABLES,
        "sklearn.pipeline",
        "sklearn.compose",
        "sklearn.ensemble",
        "sklearn.linear_model",
        "sklearn.model_selection",
        "sklearn.svm",
        "xgboost",
        "torch",
        "pytorch_lightning",
        "safetensors.torch",
        "skops.io",
        *MLFLOW,
    ),
    "evaluate": (
        *TABLES,
        "matplotlib.pyplot",
        "matplotlib.backends.backend_agg",
        "sklearn.inspection",
        "skops.io",
        "shap",
        *MLFLOW,
    ),
    "compare": (*TABLES, "matplotlib.pyplot", "matplotlib.backends.backend_agg"),
}
GRACE = 5.0  # seconds from the request to end to the kill
PULSE = 0.2  # seconds between two looks at the clock and at `cancel`

_NAME = "caselab "
_context = multiprocessing.get_context("forkserver")
_starting = threading.Lock()
_started = False
_ready = threading.Event()
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
    await_server(cancel)
    receiver, sender = _context.Pipe(duplex=False)
    call = _Call(
        function, tuple(args), kwargs or {}, events[0] if events else None, log.resolve(),
        dict(os.environ),
    )  # fmt: skip
    process = _context.Process(target=_enter, args=(call, sender), name=f"{_NAME}{function}")
    try:
        process.start()
    except (EOFError, OSError) as error:
        raise StageError(f"the fork server has ended ({error})", log) from error
    sender.close()
    assert process.pid
    _running.add(process.pid)
    try:
        return _outcome(process, receiver, log, time_limit, cancel, events)
    finally:
        receiver.close()
        # Its work is done or given up; its end, which takes as long as the fork, nobody waits for.
        threading.Thread(target=_reap, args=(process,), daemon=True).start()


def kill_all() -> None:
    """Kill every process that runs for this one, and all they started."""
    for pid in list(_running):
        _kill(pid, signal.SIGKILL)


def warm(verbs: Collection[str] = tuple(IMPORTS)) -> None:
    """Start the fork server with what `verbs` import; the first call counts, and returns at once."""
    global _started
    with _starting:
        if _started:
            return
        _started = True
        wanted = [module for verb in IMPORTS if verb in verbs for module in IMPORTS[verb]]
        _context.set_forkserver_preload(list(dict.fromkeys([*ALWAYS, *wanted])))
        # Ctrl-C in the terminal goes to the server too; it is ours to end the stages, in order.
        resource_tracker.ensure_running()  # starting it would unblock the signal again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        threading.Thread(target=_await_server, daemon=True).start()


def await_server(cancel: threading.Event | None = None) -> None:
    """Wait until the fork server has done its imports; it is started if it was not.

    Raises:
        StageStoppedError: if `cancel` was set.
    """
    warm()
    while not _ready.wait(PULSE):
        if cancel and cancel.is_set():
            raise StageStoppedError


def _await_server() -> None:
    first = _context.Process(target=_nothing, name=f"{_NAME}first")
    with suppress(EOFError, OSError):  # whoever asks for the next process is told
        first.start()  # returns once the server has done its imports
        first.join()
    _ready.set()


def _nothing() -> None:
    """Let the fork server show that it serves."""


# In the caller's process


def _outcome(
    process: multiprocessing.process.BaseProcess,
    receiver: Connection,
    log: Path,
    time_limit: float | None,
    cancel: threading.Event | None,
    events: tuple[str, Callable[..., None]] | None,
) -> Any:
    deadline = time.monotonic() + time_limit if time_limit else float("inf")
    for kind, content in _messages(process, receiver):
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
    raise StageError(_death(process.exitcode), log)


def _messages(
    process: multiprocessing.process.BaseProcess, receiver: Connection
) -> Iterator[tuple[str, Any]]:
    """Yield what the process sends, and `pulse` in between, until it has ended."""
    sources: list[Any] = [receiver, process.sentinel]
    ended = False
    while not ended:
        ended = process.sentinel in wait(sources, PULSE)
        try:
            while receiver in sources and receiver.poll():
                yield receiver.recv()
        except (EOFError, OSError):
            sources.remove(receiver)
        yield "pulse", None
    process.join()


def _value(kind: str, content: Any, log: Path) -> Any:
    if kind == "user error":
        raise UserError(content)
    if kind == "error":
        raise StageError(content, log)
    return content


def _reap(process: multiprocessing.process.BaseProcess) -> None:
    """Let the process end; kill it when it lingers, and in any case what it has left running."""
    process.join(GRACE)
    _kill(process.pid, signal.SIGKILL)
    process.join()
    _running.discard(process.pid or 0)
    process.close()


def _end(process: multiprocessing.process.BaseProcess) -> None:
    _kill(process.pid, signal.SIGTERM)
    process.join(GRACE)
    _kill(process.pid, signal.SIGKILL)


def _kill(pid: int | None, how: signal.Signals) -> None:
    """Signal the process, and all that it has started."""
    assert pid is not None
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


def _without_main(name: str) -> dict[str, Any]:
    """Keep a stage's process from importing the caller's `__main__` (Prefect's, pytest's) anew."""
    data: dict[str, Any] = _preparation_data(name)
    if name.startswith(_NAME):
        data.pop("init_main_from_name", None)
        data.pop("init_main_from_path", None)
    return data


_preparation_data = spawn.get_preparation_data
spawn.get_preparation_data = _without_main


# In the new process


@dataclass(frozen=True)
class _Call:
    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    events: str | None
    log: Path
    environ: dict[str, str]


def _enter(call: _Call, sender: Connection) -> None:
    gc.freeze()  # what was imported before the fork is never garbage, and to look at it copies it
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_die_with_caller, daemon=True).start()
    _write_to(call.log)
    os.environ.clear()
    os.environ.update(call.environ, MPLBACKEND="agg")
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.use("agg")
    kwargs = dict(call.kwargs)
    if call.events:
        kwargs[call.events] = lambda *content: sender.send(("event", content))
    try:
        module, _, name = call.function.partition(":")
        sender.send(("value", getattr(import_module(module), name)(*call.args, **kwargs)))
    except UserError as error:
        traceback.print_exc()
        sender.send(("user error", str(error)))
    except BaseException as error:
        traceback.print_exc()
        sender.send(("error", f"{type(error).__name__}: {error}".rstrip(": ")))


def _die_with_caller() -> None:
    """End this process and all it started when the caller is gone, were it by kill -9."""
    caller = multiprocessing.parent_process()
    assert caller is not None
    caller.join()
    os.killpg(0, signal.SIGKILL)


def _write_to(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()
