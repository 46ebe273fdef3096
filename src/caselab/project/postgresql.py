"""PostgreSQL, where an environment variable names one: MLflow's store, Prefect's, the log of requests.

An address may hold a password. It comes from the environment alone, and nothing that is said of it holds
more than `shown` gives. Importing this file costs nothing; the driver comes in with a connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

from caselab.errors import UserError

if TYPE_CHECKING:
    from psycopg import Connection

PATIENCE = 3
"""Seconds in which a server must have answered the call."""

_NAMES = ("postgresql", "postgres")


class UnreachableError(UserError):
    """A database does not answer, or not to us; what was to be written may wait for it."""


def is_one(address: str) -> bool:
    """Tell whether an address is that of a PostgreSQL database, whoever's driver it names."""
    return _parts(address)[0] in _NAMES


def with_driver(address: str, driver: str = "psycopg") -> str:
    """Return an address as SQLAlchemy takes it, with a driver that is installed; others as they are.

    Plain postgresql:// would be one for psycopg2.
    """
    scheme, _, rest = address.partition("://")
    return f"postgresql+{driver}://{rest}" if scheme in _NAMES else address


def shown(address: str) -> str:
    """Return an address as others may read it: host, port and name, without options."""
    scheme, _, place, _ = _parts(address)
    return f"{scheme}://{place}"


def unreachable(address: str, variable: str) -> str | None:
    """Return in one sentence why a database cannot be used, None where it can.

    `variable` is that of the environment which holds its address.
    """
    try:
        with connected(address, variable):
            return None
    except UnreachableError as error:
        return str(error)


@contextmanager
def connected(address: str, variable: str) -> Iterator[Connection]:
    """Give a connection; what was done is there as a whole when the body ends, or not at all.

    Raises:
        UnreachableError: nobody answers, the address is none, the password is wrong, or the
            connection is lost in the body.
    """
    import psycopg

    try:
        with psycopg.connect(_plain(address), connect_timeout=PATIENCE) as connection:
            yield connection
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is not None:
            raise  # a statement of ours
        lines = str(error).strip().splitlines() or [type(error).__name__]
        reason = without_secrets(lines[0], address).removeprefix("connection failed: ").rstrip(".")
        raise UnreachableError(
            f"The database {shown(address)} cannot be used ({reason}); start it, or mend {variable}."
        ) from None


def without_secrets(text: str, address: str) -> str:
    """Return a text in which neither an address nor its password stands."""
    _, who, _, options = _parts(address)
    for whole in (address, _plain(address), with_driver(address)):
        text = text.replace(whole, shown(address))
    password = who.partition(":")[2]
    for secret in (options, who, password, unquote(password)):
        text = text.replace(secret, "…") if secret else text
    return text


def _parts(address: str) -> tuple[str, str, str, str]:
    """Return scheme, user with password, place and options; of what is no address, too.

    A password may hold signs that should be written by their codes, as / and ?.
    """
    scheme, _, rest = address.partition("://")
    before, _, options = rest.partition("?")
    who, _, place = before.rpartition("@")
    if not who and "@" in options:
        who, place, options = rest, "…", ""
    return scheme.partition("+")[0], who, place, options


def _plain(address: str) -> str:
    """Return an address as PostgreSQL's own library takes it: without a driver."""
    scheme, _, rest = address.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"
