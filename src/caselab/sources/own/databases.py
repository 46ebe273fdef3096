"""Read the rows that a query to a database gives: SQLite, PostgreSQL, or what else SQLAlchemy knows.

The query lies in a file of its own, so that it is a dependency like any other. The database is
named by an address without a password (`sqlite:///shop.db`), or by the environment variable that
holds its address (`env:SHOP_DATABASE`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy
from sqlalchemy import URL
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from caselab.errors import UserError
from caselab.sources.own import identities
from caselab.sources.own.plain import plain

VARIABLE = "env:"
PATIENCE = 10
"""Seconds in which a database must have answered the call."""


def read(path: Path, *, database: str, row_id: str | None = None) -> pd.DataFrame:
    """Return the rows that the query in the file `path` gives.

    Args:
        path: a file that ends in .sql, with one query.
        database: an address without a password, or `env:` and the variable that holds one.
        row_id: a column to add, which names each row by a hash of what it holds.

    Raises:
        UserError: the address tells a password, the database refuses, the query gives no rows.
    """
    if not database.startswith(VARIABLE) and has_secret(address(database)):
        raise UserError(
            "The source's database names a password, which belongs into no file that Git keeps; "
            "put the address into an environment variable and write env:ITS_NAME."
        )
    try:
        statement = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The query {path} cannot be read ({error}); correct the source's origin in params.yaml."
        ) from None
    table = query(address(database), statement, str(path))
    return identities.add(table, row_id) if row_id else table


def address(database: str) -> URL:
    """Return where a database is.

    Raises:
        UserError: it is no address, or the variable is not set.
    """
    place = "The database"
    if database.startswith(VARIABLE):
        variable = database.removeprefix(VARIABLE)
        place = f"The environment variable {variable}"
        if not (database := os.environ.get(variable, "")):
            raise UserError(
                f"{place}, which should hold a database's address, is not set; "
                f"say `export {variable}=postgresql://user:password@host/name` first."
            )
    try:
        url = sqlalchemy.make_url(database)
    except (ArgumentError, ValueError):  # whose message holds the whole address, or a port of words
        raise UserError(
            f"{place} is no database's address; write it like postgresql://user@host/name "
            "or sqlite:///file.db."
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    return url


def has_secret(url: URL) -> bool:
    """Tell whether an address holds what others must not see; options may hide a password too."""
    return url.password is not None or (bool(url.query) and not url.drivername.startswith("sqlite"))


_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
"""What forbids changes for the rest of a connection; a statement could commit them by itself."""


def query(url: URL, statement: str, name: str) -> pd.DataFrame:
    """Return what a statement gives; where the database can, nothing may be changed by it.

    Raises:
        UserError: the database refuses, or gives no rows.
    """
    if not statement:
        raise UserError(f"The query {name} is empty; write a SELECT.")
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            raw = connection.execution_options(no_parameters=True)  # so that % and : are signs
            if read_only := _READ_ONLY.get(url.get_backend_name()):
                raw.exec_driver_sql(read_only)
                connection.commit()  # it counts for the transactions after this one
            table = _table(raw.exec_driver_sql(statement), name)
            connection.rollback()
    except SQLAlchemyError as error:
        raise UserError(_refusal(url, name, error)) from None
    finally:
        engine.dispose()
    if table.empty:
        raise UserError(
            f"The query {name} gives {len(table.columns)} columns and no rows; "
            "ask for less in its WHERE, or fill the database."
        )
    return table


def table_names(url: URL) -> list[str]:
    """Return the tables and views of a database.

    Raises:
        UserError: it refuses.
    """
    engine = _engine(url)
    try:
        inspector = sqlalchemy.inspect(engine)
        return sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    except SQLAlchemyError as error:
        raise UserError(_refusal(url, "that lists its tables", error)) from None
    finally:
        engine.dispose()


def quoted(url: URL, table: str) -> str:
    """Return a table's name as SQL of that database."""
    return str(url.get_dialect()().identifier_preparer.quote(table))


def _engine(url: URL) -> sqlalchemy.Engine:
    options: dict[str, Any] = {}
    shown = _shown(url)
    if url.get_backend_name() == "sqlite":
        if not url.database or not Path(url.database).is_file():  # it would be made
            raise UserError(f"There is no database {shown}; correct its path.")
        url = url.set(
            database=f"file:{Path(url.database).absolute()}", query={"mode": "ro", "uri": "true"}
        )
    elif url.get_backend_name() == "postgresql":
        options = {"connect_timeout": PATIENCE}
    try:
        return sqlalchemy.create_engine(url, poolclass=NullPool, connect_args=options)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise UserError(
            f"The database {shown} needs a driver that is not installed ({error}); install it."
        ) from None


def _table(result: CursorResult[Any], name: str) -> pd.DataFrame:
    if not result.returns_rows:
        raise UserError(f"The query {name} gives no table; write a SELECT.")
    names = list(result.keys())
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise UserError(
            f"The query {name} gives more than one column named "
            f"{', '.join(map(repr, twice))}; name them with AS."
        )
    table = pd.DataFrame(result.fetchall(), columns=names)
    return table.apply(plain)


def _refusal(url: URL, name: str, error: SQLAlchemyError) -> str:
    reason = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    first = reason.splitlines()[0].rstrip(".") if reason else type(error).__name__
    return f"The database {_shown(url)} refuses the query {name} ({first}); correct it, or ask its owner."


def _shown(url: URL) -> str:
    """Return an address as others may read it; options may hide a password too."""
    return url.set(query={}).render_as_string(hide_password=True)
