"""The Prefect server a run reports to: the one that is set, the one that runs here, or our own.

This file as a script is our own. Kept up (caselab/project/kept.py), it serves runs and `caselab ui`
until nobody has used it for some minutes. Else it serves until whoever started it is gone, were it
by kill -9: Prefect's own temporary server would get the terminal's Ctrl-C before the run's last
words are written.
"""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from caselab.errors import UserError
from caselab.project import kept, places, postgresql

START_LIMIT = 120.0  # seconds; its first start on a machine builds its database
STOP_LIMIT = 5.0  # seconds
LEAVE_LIMIT = 1.5  # seconds from the end of whoever started a server to its own, at most
IDLE_LOOK = 5.0  # seconds between two looks at whether a server that is kept up is in use
PULSE = 0.1  # seconds
DATABASE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
"""Where our own server keeps what it is told, unless in a file of its own."""
SOON = 1.0  # seconds after which a server ends that is not to stay up, when nobody uses it


@contextmanager
def connected(lasting: bool = False) -> Iterator[str]:
    """Have Prefect report to a server while the body runs; yields its address.

    A `lasting` connection sends heartbeats, and has a server with scheduler and web page.

    Raises:
        UserError: if PREFECT_API_URL is set and nothing answers there, or our own server's database
            cannot be used.
    """
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    if url := settings.api.url:
        if not answers(url, patience=10):
            raise UserError(
                f"No Prefect server answers at {url} (PREFECT_API_URL or Prefect's profile); "
                "start it, or unset the address to have a temporary one."
            )
        with _reporting_to(url, lasting):
            yield url
    elif not kept.up("prefect") and _is_prefect(
        usual := f"http://127.0.0.1:{settings.server.api.port}/api"
    ):
        with _reporting_to(usual, lasting):
            yield usual
    else:
        _require_database()
        soon = SOON if lasting or kept.up("prefect") else 0.0
        seconds = soon if lasting else kept.seconds() or soon
        with _kept_up(seconds) if seconds else _temporary() as url, _reporting_to(url, lasting):
            yield url


def _require_database() -> None:
    """See that our own server has its database, where that is a PostgreSQL; it ends in a traceback else."""
    address = os.environ.get(DATABASE, "")
    if postgresql.is_one(address) and (reason := postgresql.unreachable(address, DATABASE)):
        raise UserError(reason)


@contextmanager
def _kept_up(seconds: float) -> Iterator[str]:
    """Use the server that an earlier run has left up, or start it; it stays while the body runs."""
    with kept.using("prefect"):
        deadline = time.monotonic() + START_LIMIT
        starting = None
        while time.monotonic() < deadline:
            for server in kept.up("prefect"):
                if server.port and answers(url := f"http://127.0.0.1:{server.port}/api", 10):
                    yield url
                    return
            if starting is None or (starting.poll() is not None and not kept.up("prefect")):
                starting = _start_kept(seconds)
            time.sleep(PULSE)
        raise UserError(f"Prefect's server did not start; see {places.log('prefect-server')}.")


def _start_kept(seconds: float) -> subprocess.Popen[bytes]:
    """Start a server that stays up, where it was before; where there is one, it ends at once."""
    log = places.log("prefect-server")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-P", __file__, str(seconds), str(kept.port_before("prefect"))],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


@contextmanager
def _temporary() -> Iterator[str]:
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
            env=os.environ | lean,
        )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        import prefect.main  # noqa: F401  what a flow will need, while the server starts

        url = f"http://127.0.0.1:{port}/api"
        if not port or not answers(url, patience=START_LIMIT):
            raise UserError(f"Prefect's temporary server did not start; see {log}.")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answers(url: str, patience: float) -> bool:
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
    """Serve until idle for the seconds that are given, on a port if it is free; or until stdin ends."""
    os.environ |= {"PREFECT__SERVER_FINAL": "1", "PREFECT_API_BLOCKS_REGISTER_ON_START": "0"}
    # A schedule whose service was killed leaves runs that nobody will ever start. To mark them late,
    # over and over, took two fifths of a core, and sixty megabytes of log in ten minutes.
    os.environ |= {"PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "0"}
    if address := os.environ.get(DATABASE):
        os.environ[DATABASE] = postgresql.with_driver(address, "asyncpg")
    if sys.argv[1:]:
        _serve_kept(float(sys.argv[1]), int(sys.argv[2]))
        return
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)  # noqa: T201  the one word our caller waits for

    def until_caller_is_gone(server: Any) -> None:
        with suppress(OSError):
            sys.stdin.read()
        _leave(server)

    _serve(listener, until_caller_is_gone)


def _serve_kept(seconds: float, port: int) -> None:
    lock = kept.claim("prefect")
    if lock is None:  # there is one already
        return
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError:  # another's by now
        listener = socket.create_server(("127.0.0.1", 0))
    kept.sign(lock, listener.getsockname()[1])

    _serve(listener, partial(_leave_when_idle, seconds))


def _leave_when_idle(seconds: float, server: Any) -> None:
    """End the server when nobody has used it for so long, or its project is gone and nobody finds it."""
    last = time.monotonic()
    with suppress(FileNotFoundError):
        while True:
            time.sleep(min(IDLE_LOOK, seconds))
            with kept.unused("prefect") as unused:
                if not unused:
                    last = time.monotonic()
                elif time.monotonic() - last >= seconds:
                    _leave(server)  # who comes now waits for its end, and then starts another
    _leave(server)


def _serve(listener: socket.socket, until: Callable[[Any], None]) -> None:
    """Serve Prefect's API and page at a socket until a function that is given the server returns."""
    # Without it the page asks port 4200.
    port = listener.getsockname()[1]
    os.environ.setdefault("PREFECT_UI_API_URL", f"http://127.0.0.1:{port}/api")
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            "prefect.server.api.server:create_app", factory=True, log_level="error", lifespan="on"
        )
    )
    threading.Thread(target=until, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def _leave(server: Any) -> None:
    """End the server in order, or by force where it is still about to start, or takes its time."""
    server.should_exit = True
    time.sleep(LEAVE_LIMIT)
    os._exit(1)


if __name__ == "__main__":
    main()
