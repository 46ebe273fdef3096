"""The Prefect server a run reports to: the one that is set, the one that runs here, or our own.

This file as a script is our own: it serves on a free port until whoever started it is gone, were
it by kill -9. Prefect's own temporary server would get the terminal's Ctrl-C before the run's last
words are written.
"""

import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from caselab.errors import UserError
from caselab.project import places

START_LIMIT = 120.0  # seconds; its first start on a machine builds its database
STOP_LIMIT = 5.0  # seconds


@contextmanager
def connected(lasting: bool = False) -> Iterator[str]:
    """Have Prefect report to a server while the body runs; yields its address.

    A `lasting` connection sends heartbeats, and a temporary server then has all that a lasting one
    has: scheduler and web page.

    Raises:
        UserError: if PREFECT_API_URL is set and nothing answers there.
    """
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    if url := settings.api.url:
        if not _answers(url, patience=10):
            raise UserError(
                f"No Prefect server answers at {url} (PREFECT_API_URL or Prefect's profile); "
                "start it, or unset the address to have a temporary one."
            )
        with _reporting_to(url, lasting):
            yield url
    elif _is_prefect(usual := f"http://127.0.0.1:{settings.server.api.port}/api"):
        with _reporting_to(usual, lasting):
            yield usual
    else:
        with _temporary(lasting) as url, _reporting_to(url, lasting):
            yield url


@contextmanager
def _temporary(lasting: bool) -> Iterator[str]:
    lean = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"}
    log = places.log("prefect-server")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        server = subprocess.Popen(
            [sys.executable, "-P", __file__],  # wherever the current folder is
            stdin=subprocess.PIPE,  # closes when we end, however we end
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,  # the terminal's Ctrl-C is for us
            env=os.environ
            | {"PREFECT__SERVER_FINAL": "1", "PREFECT_API_BLOCKS_REGISTER_ON_START": "0"}
            | ({} if lasting else lean),
        )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        import prefect.main  # noqa: F401  what a flow will need, while the server starts

        url = f"http://127.0.0.1:{port}/api"
        if not port or not _answers(url, patience=START_LIMIT):
            raise UserError(f"Prefect's temporary server did not start; see {log}.")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(url: str, patience: float) -> bool:
    """Tell whether a server answers; one that refuses us (403) does answer."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=patience) as answer:  # noqa: S310
            return bool(answer.status)
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def _is_prefect(url: str) -> bool:
    """Tell whether what serves on the usual port, where anything may, is Prefect."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=0.5) as answer:  # noqa: S310
            return bool(answer.read().strip() == b"true")
    except (OSError, ValueError):
        return False


@contextmanager
def _reporting_to(url: str, lasting: bool) -> Iterator[None]:
    """Set PREFECT_API_URL for the body, in this process and those it starts."""
    from prefect.context import refresh_global_settings_context
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    before = os.environ.get("PREFECT_API_URL")
    wanted: dict[Any, Any] = {PREFECT_API_URL: url}
    if not lasting:  # to end heartbeats would cost a run up to a second
        wanted[PREFECT_FLOWS_HEARTBEAT_FREQUENCY] = None
    now = get_current_settings()
    if now.api.url == url and (lasting or now.flows.heartbeat_frequency is None):
        yield
        return
    os.environ["PREFECT_API_URL"] = url
    refresh_global_settings_context()  # what Prefect's own threads see
    try:
        with temporary_settings(wanted):
            yield
            # Send what is still held of events and logs, before the server may go.
            EventsWorker.drain_all(timeout=STOP_LIMIT)
            APILogWorker.drain_all(timeout=STOP_LIMIT)
    finally:
        if before is None:
            del os.environ["PREFECT_API_URL"]
        else:
            os.environ["PREFECT_API_URL"] = before
        refresh_global_settings_context()


def main() -> None:
    """Serve on a free port, tell it on stdout, and end when stdin closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    print(port, flush=True)  # noqa: T201  the one word our caller waits for
    # Without it the page asks port 4200.
    os.environ.setdefault("PREFECT_UI_API_URL", f"http://127.0.0.1:{port}/api")
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            "prefect.server.api.server:create_app", factory=True, log_level="error", lifespan="on"
        )
    )

    def leave_with_caller() -> None:
        with suppress(OSError):
            sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=leave_with_caller, daemon=True).start()
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
