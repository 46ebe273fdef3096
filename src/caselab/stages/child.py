"""What a forked process does: make one call, write to its log, and end with whoever asked for it."""

from __future__ import annotations

import faulthandler
import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from caselab.errors import UserError


@dataclass(frozen=True)
class Call:
    """A function to call, and where its output goes."""

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    events: str | None
    log: Path
    environ: dict[str, str]


def enter(call: Call, sender: Connection) -> None:
    """Make the call, and send what it tells and returns."""
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
