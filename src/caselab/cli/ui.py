"""ui: MLflow's and Prefect's pages on this machine, with the stores the project writes to."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from caselab.cli import tables
from caselab.errors import UserError
from caselab.project import kept, places
from caselab.tracking import store

HOST = "127.0.0.1"
PREFECT_PORT = 4200  # if nobody asks for another, as maintenance.py has it
IGNORED = "; --prefect-port is not used"
START_LIMIT = 120.0  # seconds
STOP_LIMIT = 10.0  # seconds


@dataclass(frozen=True)
class Page:
    """A server of ours."""

    title: str
    arguments: tuple[str, ...]
    """Of Python."""
    port: int
    settings: Mapping[str, str]
    """Of its environment; arguments may be read by all."""

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What it prints goes here."""
        return places.log(f"{self.title.lower()}-page")


def serve(mlflow_port: int, prefect_port: int) -> None:
    """Serve both pages until Ctrl-C; what already runs elsewhere is only named.

    Raises:
        UserError: a port is in use, or a server ends by itself.
    """
    pages = []
    console = tables.console()
    if store.uri().startswith("http"):
        console.print(f"MLflow   {store.shown()} [dim](MLFLOW_TRACKING_URI)")
    else:
        if reason := store.unreachable():
            raise UserError(reason)
        settings = {
            "MLFLOW_BACKEND_STORE_URI": store.uri(),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        where = ("--host", HOST, "--port", str(mlflow_port))
        command = ("-m", "mlflow", "server", "--workers", "1", *where)
        pages.append(Page("MLflow", command, mlflow_port, settings))
    with ExitStack() as use:
        if elsewhere := os.environ.get("PREFECT_API_URL", ""):
            console.print(f"Prefect  {elsewhere.removesuffix('/api')} [dim](PREFECT_API_URL)")
        else:
            use.enter_context(kept.using("prefect"))
            if up := kept.up("prefect"):
                ignored = "" if prefect_port in (PREFECT_PORT, up[0].port) else IGNORED
                console.print(
                    f"Prefect  http://{HOST}:{up[0].port} [dim](stays up between runs{ignored})",
                    soft_wrap=True,
                )
            else:  # runs find it, and it ends when neither we nor they use it any more
                served = ("-m", "flows.server", "1.0", str(prefect_port))
                pages.append(Page("Prefect", served, prefect_port, {}))
        _serve(pages, use.close)


def _serve(pages: list[Page], leave: Callable[[], object]) -> None:
    console = tables.console()
    for page in pages:
        _refuse_port_in_use(page)
    if any(page.title == "MLflow" for page in pages):
        store.create()
    with _running(pages, leave) as processes:
        for page, process in zip(pages, processes, strict=True):
            _wait_until_up(page, process)
            shown = page.url
            if page.title == "MLflow":
                places.mlflow_page().write_text(page.url, encoding="utf-8")
                shown = store.page("experiments")
            console.print(f"{page.title:8} {shown}", soft_wrap=True)
        console.print("[dim]Ctrl-C stops what was started here.")
        while True:
            for page, process in zip(pages, processes, strict=True):
                _refuse_ended(page, process)
            time.sleep(0.5)


@contextmanager
def _running(
    pages: list[Page], leave: Callable[[], object]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start the servers; end them, and all they started, on Ctrl-C, a kill or an error.

    Prefect's stays if a run uses it when we `leave` it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # a closed terminal; nohup ignores it
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for page in pages:
            page.log.parent.mkdir(parents=True, exist_ok=True)
            with page.log.open("wb") as log:
                processes.append(_start(page, log))
        yield processes
    except KeyboardInterrupt:
        return
    finally:
        leave()
        with kept.unused("prefect") as unused:
            ours = [
                process
                for page, process in zip(pages, processes, strict=False)
                if page.title != "Prefect" or unused
            ]
            for process in ours:
                _signal(process, signal.SIGTERM)
            deadline = time.monotonic() + STOP_LIMIT
            for process in ours:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
                _signal(process, signal.SIGKILL)
                process.wait()


def _start(page: Page, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *page.arguments],
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C reaches us alone, and we end it with its workers
        env=os.environ | page.settings,
    )


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _refuse_port_in_use(page: Page) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, page.port))
        except OSError as error:
            option = f"--{page.title.lower()}-port"
            raise UserError(
                f"Port {page.port} for {page.title}'s page cannot be used ({error.strerror}); "
                f"end what uses it, or choose another by {option}."
            ) from None


def _refuse_ended(page: Page, process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise UserError(f"{page.title}'s server ended by itself; {page.log} says why.")


def _wait_until_up(page: Page, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        _refuse_ended(page, process)
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, page.port)) == 0:
                return
        time.sleep(0.2)
    raise UserError(f"{page.title}'s server did not answer in {START_LIMIT:g} s; see {page.log}.")
