"""Labels in PostgreSQL, beside the log of requests (serving/request_tables.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from caselab.project import postgresql
from caselab.serving.request_tables import VARIABLE

if TYPE_CHECKING:
    from psycopg import Connection

_CREATE = """
CREATE TABLE IF NOT EXISTS labels (
    "case" text NOT NULL,
    request_id text NOT NULL,
    "row" bigint NOT NULL,
    label text NOT NULL,
    PRIMARY KEY ("case", request_id, "row")
)
"""
_READ = 'SELECT request_id, "row", label FROM labels WHERE "case" = %s ORDER BY 1, 2'
_WRITE = """
INSERT INTO labels ("case", request_id, "row", label) VALUES (%s, %s, %s, %s)
ON CONFLICT ("case", request_id, "row") DO UPDATE SET label = excluded.label
"""
_CHANGING = 7_215_645
"""What PostgreSQL knows the lock by whose holder may change labels; any number would do."""

Row = tuple[str, int, str]


def read(address: str, case: str) -> list[Row]:
    """Return request, row and label of all that are labelled.

    Raises:
        UnreachableError: the database cannot be used.
    """
    with postgresql.connected(address, VARIABLE) as connection:
        if connection.execute("SELECT to_regclass('labels')").fetchone() == (None,):
            return []
        return _rows(connection, case)


@contextmanager
def changing(
    address: str, case: str
) -> Iterator[tuple[list[Row], Callable[[Iterable[Row]], None]]]:
    """Give the labels there are, and what writes others; they are there when the body has ended.

    Nobody else changes any meanwhile.

    Raises:
        UnreachableError: the database cannot be used; nothing is written then.
    """
    with postgresql.connected(address, VARIABLE) as connection:

        def write(rows: Iterable[Row]) -> None:
            connection.cursor().executemany(_WRITE, [(case, *row) for row in rows])

        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_CHANGING])
        connection.execute(_CREATE)
        yield _rows(connection, case), write


def _rows(connection: Connection[Any], case: str) -> list[Row]:
    return [
        (str(name), int(row), str(label)) for name, row, label in connection.execute(_READ, [case])
    ]
