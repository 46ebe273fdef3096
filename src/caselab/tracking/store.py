"""Which MLflow store is written to, whether it is there, and how to talk to it.

The store is `mlflow.db` in the project's root, as plain `mlflow ui` has it there; the environment's
MLFLOW_TRACKING_URI (a server, another database such as PostgreSQL) rules when set. CASELAB_TRACKING=off
turns tracking off. Importing this file costs nothing: mlflow, which takes seconds, comes in with `client`.
"""

import os
import secrets
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit

from caselab.errors import UserError
from caselab.project import places, postgresql
from caselab.project.locks import exclusive
from caselab.tracking import database_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

ADDRESS = "MLFLOW_TRACKING_URI"
ARTIFACTS = "CASELAB_ARTIFACTS"
"""Where models and plots lie, a folder or a bucket's address, where the store is a database elsewhere."""

PATIENCE = 3.0
"""Seconds to wait for an answer before a store counts as unreachable."""

PRELOAD = (
    "caselab.tracking.store",
    "mlflow",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
)
"""What a fork server imports, in this order, so that a forked process writes at once."""

# What MLflow must find when it is imported, unless the user has set it.
for _variable, _value in {
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",  # seconds
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",  # what goes wrong is raised, and told by us
    "MLFLOW_SKIP_PIP_REQUIREMENTS_CHECK": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
}.items():
    os.environ.setdefault(_variable, _value)


class StoreError(UserError):
    """The store cannot be reached, or fails; what is written may wait for it."""


_PORTS = {"http": 80, "https": 443, "mysql": 3306, "mssql": 1433}
_CREATING = 7_215_643
"""What PostgreSQL knows the lock by under which a store's tables are made; any number would do."""


def is_off() -> bool:
    """Tell whether the user has turned tracking off."""
    return os.environ.get("CASELAB_TRACKING", "").lower() in {"off", "false", "no", "0"}


def uri() -> str:
    """Return the address of the store, as MLflow writes it."""
    address = os.environ.get(ADDRESS) or f"sqlite:///{Path('mlflow.db').absolute()}"
    return postgresql.with_driver(address)


def shown() -> str:
    """Return the address of the store as others may read it: without a name and password."""
    if postgresql.is_one(uri()):
        return postgresql.shown(uri())
    parts = urlsplit(uri())
    return urlunsplit(parts._replace(netloc=_host(parts))) if parts.hostname else uri()


def database() -> Path | None:
    """Return the SQLite file of the store, None where it is something else."""
    address = uri()
    if not address.startswith("sqlite:///"):
        return None
    return Path(address.removeprefix("sqlite:///").partition("?")[0])


def identity() -> str | None:
    """Name the store so that what was remembered of another, or of a lost one, is not believed.

    A server is named by its address; a SQLite file also by a number that `create` writes into it.
    None where nothing has been written yet.
    """
    path = database()
    if path is None:
        if postgresql.is_one(uri()):
            return postgresql.shown(uri())
        parts = urlsplit(uri())
        return f"{parts.scheme}://{_host(parts)}{parts.path}"
    number = database_file.application_id(path)
    return f"{path.absolute()}#{number}" if number else None


def unreachable() -> str | None:
    """Return in one sentence why the store cannot be written to, None where it can."""
    parts = urlsplit(uri())
    scheme = parts.scheme.partition("+")[0]
    if scheme in {"", "file"}:
        return (
            f"MLFLOW_TRACKING_URI is the folder {uri()!r}, which MLflow no longer writes to; "
            "unset it, or use sqlite:///<file> or the address of a server."
        )
    path = database()
    if path is not None:
        return database_file.unwritable(path)
    if postgresql.is_one(uri()):
        return postgresql.unreachable(uri(), ADDRESS)
    if not parts.hostname or _goes_by_proxy(parts):
        return None
    try:
        port = parts.port or _PORTS.get(scheme, 443)
        with socket.create_connection((parts.hostname, port), PATIENCE):
            return None
    except (OSError, ValueError) as error:
        return (
            f"MLflow's store at {scheme}://{_host(parts)} does not answer ({error}); "
            "start it, or mend MLFLOW_TRACKING_URI."
        )


def create() -> None:
    """Create the database if there is none yet.

    Call it before work fans out: it takes seconds, and only one process may do it at a time.
    """
    if postgresql.is_one(uri()):
        _create_tables(uri())
        return
    path = database()
    if path is None or database_file.application_id(path):
        return
    with exclusive(path.with_name(f"{path.name}.lock")):
        if database_file.application_id(path):
            return
        with database_file.unsynced():
            _connect(uri()).search_experiments(max_results=1)
        with closing(sqlite3.connect(path, timeout=60)) as connection:
            connection.execute(f"PRAGMA application_id = {1 + secrets.randbelow(2**31 - 1)}")
            connection.execute("PRAGMA journal_mode = WAL")  # readers never hold up a writer
            connection.execute("PRAGMA wal_checkpoint")  # `identity` reads the file itself


@cache
def _create_tables(address: str) -> None:
    """Have MLflow make its tables in PostgreSQL: once, whoever else begins at the same time."""
    with postgresql.connected(address, ADDRESS) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_CREATING])
        _connect(address).search_experiments(max_results=1)


@contextmanager
def client() -> Iterator["MlflowClient"]:
    """Give MLflow's client for the store, which is created where it must be.

    Raises:
        StoreError: the store cannot be reached, or an MLflow call in the block fails.
    """
    if (reason := unreachable()) is not None:
        raise StoreError(reason)
    try:
        create()
        yield _connect(uri())
    except postgresql.UnreachableError as error:
        raise StoreError(str(error)) from None
    except OSError as error:  # requests' errors are of this kind
        raise _failed(error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] in {"mlflow", "sqlalchemy", "sqlite3"}:
            raise _failed(error) from error
        raise


@contextmanager
def as_default() -> Iterator[None]:
    """Let the clients that MLflow makes for itself in some calls find the store too.

    Without an address in the environment they make one of the current folder, with %20 for a space.
    """
    before = os.environ.get("MLFLOW_TRACKING_URI")
    os.environ["MLFLOW_TRACKING_URI"] = uri()
    try:
        yield
    finally:
        if before is None:
            del os.environ["MLFLOW_TRACKING_URI"]
        else:
            os.environ["MLFLOW_TRACKING_URI"] = before


def artifacts(case: str) -> str | None:
    """Return where a new experiment keeps its files; None leaves it to MLflow.

    Beside the SQLite file, also when a checkout elsewhere writes to it; of another database where
    CASELAB_ARTIFACTS says, or else in the project. A server has a place of its own.
    """
    if (path := database()) is not None:
        return (path.absolute().parent / "mlruns" / case).as_posix()
    if uri().startswith("http"):
        return None
    return f"{artifacts_root().rstrip('/')}/{case}"


def artifacts_root() -> str:
    """Return where the files of a store lie that is a database elsewhere."""
    root = os.environ.get(ARTIFACTS) or "mlruns"
    return root if "://" in root else Path(root).absolute().as_posix()


def page(fragment: str) -> str:
    """Return the address of a page of MLflow, as it is for machine learning.

    For a database that is where `caselab ui` serves it, or has served it last.
    """
    address = shown() if uri().startswith("http") else served_at()
    return f"{address.rstrip('/')}/#/{fragment}?workflowType=machine_learning"


def served_at() -> str:
    """Return where `caselab ui` serves a database, or did so last, or would."""
    try:
        return places.mlflow_page().read_text(encoding="utf-8").strip()
    except OSError:
        return "http://127.0.0.1:5000"


def is_served() -> bool:
    """Tell whether somebody answers where `page` leads."""
    if uri().startswith("http"):
        return unreachable() is None
    parts = urlsplit(served_at())
    with socket.socket() as probe:
        probe.settimeout(PATIENCE)
        return probe.connect_ex((parts.hostname or "", parts.port or 80)) == 0


def _failed(error: Exception) -> StoreError:
    reason = (str(error) or type(error).__name__).splitlines()[0].replace(uri(), shown())
    parts = urlsplit(uri())
    reason = reason.replace(parts.netloc, _host(parts)) if parts.netloc else reason
    reason = postgresql.without_secrets(reason, uri())
    return StoreError(f"MLflow's store {identity() or shown()} fails: {reason[:300]}")


@cache
def _connect(address: str) -> "MlflowClient":
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=address)


def _goes_by_proxy(parts: SplitResult) -> bool:
    import urllib.request  # with all of HTTP, which no command that reads files needs

    proxies = urllib.request.getproxies()
    return parts.scheme in proxies and not urllib.request.proxy_bypass(parts.hostname or "")


def _host(parts: SplitResult) -> str:
    """Return host and port without the user's name and password."""
    return parts.netloc.rpartition("@")[2]
