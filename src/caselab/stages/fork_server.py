"""The fork server: a process that has the big libraries imported, and forks one like itself in 20 ms.

It never imports caselab, so the code that a forked process runs is always the code on disk.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from multiprocessing import forkserver, resource_tracker, spawn
from multiprocessing.context import ForkServerProcess
from typing import Any

from caselab.tracking import store

# Importing `store` has put into the environment what MLflow must find when it is imported.
MLFLOW = tuple(module for module in store.PRELOAD if not module.startswith("caselab"))
ALWAYS = ("numpy", "threadpoolctl", "pydantic.main", "ruamel.yaml", "yaml", "urllib.request")
TABLES = ("pandas", "pandas.core.arrays.arrow.extension_types", "pyarrow.dataset")
IMPORTS = {  # what each verb's process needs, in the order of import
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
PULSE = 0.2  # seconds between two looks at `cancel`

_NAME = "caselab "
_context = multiprocessing.get_context("forkserver")
_starting = threading.Lock()
_started = False
_ready = threading.Event()

pipe = _context.Pipe


def process(target: Callable[..., None], args: tuple[Any, ...], name: str) -> ForkServerProcess:
    """Return a process, not started yet, that the server will fork."""
    return _context.Process(target=target, args=args, name=f"{_NAME}{name}")


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


def ready(cancel: threading.Event | None = None) -> bool:
    """Wait until the server has done its imports, starting it if need be; False if `cancel` is set."""
    warm()
    while not _ready.wait(PULSE):
        if cancel and cancel.is_set():
            return False
    return True


def _await_server() -> None:
    first = process(_nothing, (), "first")
    with suppress(EOFError, OSError):  # whoever asks for the next process is told
        first.start()  # returns once the server has done its imports
        first.join()
    _ready.set()


def _nothing() -> None:
    """Let the fork server show that it serves."""


def _without_main(name: str) -> dict[str, Any]:
    """Keep a stage's process from importing the caller's `__main__` (Prefect's, pytest's) anew."""
    data: dict[str, Any] = _preparation_data(name)
    if name.startswith(_NAME):
        data.pop("init_main_from_name", None)
        data.pop("init_main_from_path", None)
    return data


_preparation_data = spawn.get_preparation_data
spawn.get_preparation_data = _without_main
