"""The fork server as whoever asks it has it: started or found, asked for processes.

It has the big libraries imported and forks one like itself in 20 ms (forks.py). With `kept_up` it
stays for the next runs, which then wait for no import.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from itertools import chain
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from caselab.project import places
from caselab.stages.forks import NUMBER
from caselab.tracking import store

# Importing `store` has put into the environment what MLflow must find when it is imported.
MLFLOW = tuple(module for module in store.PRELOAD if not module.startswith("caselab"))
ALWAYS = ("numpy", "threadpoolctl", "pydantic.main", "ruamel.yaml", "yaml", "urllib.request")
TABLES = ("pandas", "pandas.core.arrays.arrow.extension_types", "pyarrow.dataset")
IMPORTS: dict[str, tuple[str, ...]] = {  # what each verb's process needs, in the order of import
    "imports": (),
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
IMPORTS["blend"] = tuple(dict.fromkeys((*IMPORTS["train"], *IMPORTS["evaluate"])))
PULSE = 0.2  # seconds between two looks at `cancel`
START_LIMIT = 60.0  # seconds until a server listens, which is before its imports
READ_AT_IMPORT = (
    "CASELAB_", "CUDA_", "HOME", "KMP_", "LANG", "LC_", "LD_", "MKL_", "MLFLOW_", "MPL", "NUMBA_",
    "NUMEXPR_", "NVIDIA_", "OMP_", "OPENBLAS_", "PYTHON", "PYTORCH_", "TMPDIR", "TORCH_",
    "TZ", "VECLIB_", "XDG_CACHE", "XDG_CONFIG",
)  # fmt: skip
"""Beginnings of variables that libraries read when they are imported; a forked process has all."""

_SCRIPT = Path(__file__).with_name("forks.py")
_starting = threading.Lock()
_asking = threading.Lock()
_connect: Callable[[], socket.socket] | None = None
"""How a server is had; the first call of `warm` decides."""
_control: socket.socket | None = None
_ready = threading.Event()


def warm(verbs: Collection[str] = tuple(IMPORTS), kept_up: float = 0.0) -> None:
    """Have a fork server with what `verbs` import; the first call counts, and returns at once.

    One that is `kept_up` has all imports, and ends when nobody has used it for so many seconds.
    """
    global _connect
    with _starting:
        if _connect is not None:
            return
        chosen = [IMPORTS[verb] for verb in IMPORTS if kept_up or verb in verbs]
        modules = list(dict.fromkeys(chain(ALWAYS, *chosen)))
        _connect = partial(_kept, modules, kept_up) if kept_up else partial(_own, modules)
        _have()


def ready(cancel: threading.Event | None = None) -> bool:
    """Wait until the server has done its imports, starting it if need be; False if `cancel` is set."""
    warm()
    while not _ready.wait(PULSE):
        if cancel and cancel.is_set():
            return False
    return True


def start() -> tuple[Connection, int, int]:
    """Have a process forked, which waits for its folder, its path and what to call.

    Returns the channel to it, a pipe in which its exit code will come, and its id.

    Raises:
        OSError: the server has ended; `renew` starts another.
    """
    ours, theirs = Pipe()
    status, tell = os.pipe()
    try:
        try:
            with _asking:
                assert _control
                socket.send_fds(_control, [b"f"], [theirs.fileno(), tell])
        finally:
            theirs.close()
            os.close(tell)
        told = os.read(status, NUMBER.size)
        if not told:
            raise ConnectionError("it was killed")
    except OSError:
        ours.close()
        os.close(status)
        raise
    return ours, status, NUMBER.unpack(told)[0]


def renew(ended: socket.socket | None) -> None:
    """Have another server, unless somebody else has seen already that `ended` is no more."""
    with _starting:
        if _control is ended:
            _have()


def control() -> socket.socket | None:
    """Return what the present server is asked by."""
    return _control


def _have() -> None:
    global _control
    assert _connect
    _ready.clear()
    _control = _connect()
    threading.Thread(target=_await_server, args=(_control,), daemon=True).start()


def _own(modules: list[str]) -> socket.socket:
    """Start a server that ends with this process; return the socket by which it is asked."""
    ours, theirs = socket.socketpair()
    with theirs:
        _spawn(["--control", str(theirs.fileno()), *modules], (theirs.fileno(),))
    return ours


def _kept(modules: list[str], seconds: float) -> socket.socket:
    """Connect to the server that an earlier run has left up, or start it."""
    name = places.kept(f"forks-{_key(modules)}")
    log = places.log("fork-server")
    name.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + START_LIMIT
    started = False
    while time.monotonic() < deadline:
        control = socket.socket(socket.AF_UNIX)
        with suppress(OSError):
            control.connect(f"{name}.sock")
            return control
        control.close()
        if not started:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as output:
                _spawn(["--kept", str(name), str(seconds), *modules], output=output)
            started = True
        time.sleep(0.02)
    return _own(modules)


def _spawn(arguments: list[str], passed: tuple[int, ...] = (), output: Any = None) -> None:
    subprocess.Popen(
        [sys.executable, "-P", str(_SCRIPT), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=passed,
        start_new_session=True,  # the terminal's Ctrl-C, and a kill of our group, is for us
    )


def _key(modules: list[str]) -> str:
    """Return by what a server is known that has imported what ours would have, as it would have."""
    installed = [
        Path(sysconfig.get_path(place)).stat().st_mtime_ns for place in ("purelib", "platlib")
    ]
    read = sorted(item for item in os.environ.items() if item[0].startswith(READ_AT_IMPORT))
    content = (sys.executable, sys.version, _SCRIPT.read_bytes(), modules, installed, read)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]


def _await_server(control: socket.socket) -> None:
    with suppress(OSError):  # whoever asks for the next process is told
        channel, status, _ = start()  # returns once the server has done its imports
        channel.close()  # nothing is to be done
        os.close(status)
    if control is _control:
        _ready.set()
