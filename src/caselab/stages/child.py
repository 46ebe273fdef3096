"""What a forked process does: make one call, write to its log, and end with whoever asked for it."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from caselab.errors import UserError

LOOK = 0.5  # seconds between two looks at who started this process


@dataclass(frozen=True)
class Call:
    """A function to call, and where its output goes."""

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    events: str | None
    log: Path
    environ: dict[str, str]


def enter(channel: Connection, server: int) -> None:
    """Make the call that comes by the channel, and send what it tells and returns."""
    if sys.platform != "linux":  # whose kernel does it, and no thread is in a later fork's way
        threading.Thread(target=_end_with_server, args=(server,), daemon=True).start()
    gc.freeze()  # what was imported before the fork is never garbage, and to look at it copies it
    call: Call = channel.recv()
    _write_to(call.log)
    os.environ.clear()
    os.environ.update(call.environ, MPLBACKEND="agg")
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.use("agg")
    kwargs = dict(call.kwargs)
    if call.events:
        kwargs[call.events] = lambda *content: channel.send(("event", content))
    try:
        module, _, name = call.function.partition(":")
        channel.send(("value", getattr(import_module(module), name)(*call.args, **kwargs)))
    except UserError as error:
        traceback.print_exc()
        channel.send(("user error", str(error)))
    except BaseException as error:
        traceback.print_exc()
        channel.send(("error", f"{type(error).__name__}: {error}".rstrip(": ")))


def _end_with_server(server: int) -> None:
    """End this process and all it started when the fork server is gone."""
    while os.getppid() == server:
        time.sleep(LOOK)
    os.killpg(0, signal.SIGKILL)


def _write_to(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()
