"""MLflow's store where it is a file of SQLite."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path


def application_id(path: Path) -> int:
    """Return the number in the file's header, 0 where it has none.

    Read by SQLite: to open and close the file ourselves would let go of the locks that this process
    holds by its connections, and others would then throw away what it has just written.
    """
    if not path.exists():
        return 0
    header = f"{path.absolute().as_uri()}?mode=ro&immutable=1"  # without locks and without the WAL
    try:
        with closing(sqlite3.connect(header, uri=True)) as connection:
            return int(connection.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.Error:  # told by `unreachable`
        return 0


def unwritable(path: Path) -> str | None:
    """Say in one sentence why a store cannot be written, None where it can."""
    folder = path.absolute().parent
    if not folder.is_dir():
        return f"The folder of MLflow's store {path} does not exist; create it."
    if not os.access(path if path.exists() else folder, os.W_OK):
        return f"MLflow's store {path} may not be written; change its owner or mode."
    if path.exists() and path.stat().st_size:
        try:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA schema_version")
        except sqlite3.DatabaseError as error:
            return f"MLflow's store {path} is damaged ({error}); restore it, or move it away."
    return None


@contextmanager
def unsynced() -> Iterator[None]:
    """Let SQLite not wait for the disk: hundreds of small changes make a database of MLflow."""
    from sqlalchemy import Engine, event

    opened = []

    def hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")
        opened.append(connection)

    event.listen(Engine, "connect", hurry)
    try:
        yield
    finally:
        event.remove(Engine, "connect", hurry)
        for connection in opened:
            with suppress(sqlite3.ProgrammingError):  # closed by now
                connection.execute("PRAGMA synchronous = FULL")
