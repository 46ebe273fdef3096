"""What a user names as data, as the block of a source, and the records that are there."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from caselab.errors import UserError
from caselab.params import origins
from caselab.sources import own

QUERIES = Path("queries")
"""Where queries lie, from the project's root."""
CSV = (".csv", ".tsv", ".txt")
OF_SOME_FILES = {"delimiter": CSV, "encoding": CSV, "sheet": (".xlsx",)}
"""Options, and the endings of the files for which they mean something."""


@dataclass(frozen=True)
class Found:
    """Records, and how params.yaml will name where they come from."""

    block: dict[str, Any]
    records: pd.DataFrame
    query: str = ""  # to be written to the block's origin, where it is not there yet
    secret: str = ""  # an address that belongs into the environment variable of the block
    notes: tuple[str, ...] = ()  # what is there and not read


def is_database(place: str) -> bool:
    """Tell an address from a path."""
    return place.startswith("env:") or "://" in place


def located(place: str) -> str:
    """Return a path, or the path in an address of SQLite, as it is from anywhere."""
    if place.startswith("sqlite:///"):
        return f"sqlite:///{_absolute(place.removeprefix('sqlite:///')).as_posix()}"
    return place if is_database(place) else str(_absolute(place))


def located_query(query: str) -> str:
    """Return a query, or the path of an .sql file as it is from anywhere."""
    return str(_absolute(query)) if query.endswith(".sql") else query


def find(name: str, place: str, query: str | None, options: dict[str, Any]) -> Found:
    """Return the records at a place: a data file, a folder, or a database that is asked a query.

    Args:
        name: of the case.
        place: as `located` gives it.
        query: SQL, the path of an .sql file, or the name of a table.
        options: what the reader of such a place takes.

    Raises:
        UserError: nothing is there, it cannot be read, or it gives no rows.
    """
    if re.match(r"(https?|ftp|s3|gs|file)://", place):
        raise UserError(f"{place} is the address of a file and no database's; bring it here first.")
    options = {key: value for key, value in options.items() if value is not None}
    if is_database(place):
        if options:
            raise UserError(f"--{next(iter(options))} has no meaning for a database; leave it out.")
        return _database(name, place, query)
    if query is not None:
        raise UserError(f"--query asks a database, and {place} is none; leave it out.")
    path = _from_root(Path(place))
    if not path.exists():
        raise UserError(f"{path} does not exist; correct --from.")
    reader = origins.reader(str(path))
    if reader not in ("tables", "folders"):
        raise UserError(
            f"{path} is no data; name a table, a folder, or a database's address with --from."
        )
    if reader == "folders" and not path.is_dir():
        raise UserError(
            f"{path} is a file whose name does not tell what it holds; give it an ending such as "
            ".csv, .parquet or .xlsx."
        )
    _check_options(path, reader, options)
    if options.get("delimiter") == "\\t":  # as people write a tab in a shell
        options["delimiter"] = "\t"
    if reader == "folders":
        options = _folder(path, options)
    records = own.read(path, **options)
    _check_parted(path, records, options)
    return Found(
        {"origin": path.as_posix(), **options},
        records,
        notes=tuple(_notes(path, options)),
    )


def _check_options(path: Path, reader: str, options: dict[str, Any]) -> None:
    for option in options:
        endings = OF_SOME_FILES.get(option, (path.suffix.lower(),))
        if option not in origins.options(reader) or path.suffix.lower() not in endings:
            raise UserError(f"--{option} has no meaning for {path}; leave it out.")


def _check_parted(path: Path, records: pd.DataFrame, options: dict[str, Any]) -> None:
    """Refuse a CSV file of one column: nothing could be asked, and another sign may part it."""
    if path.suffix.lower() in CSV and "delimiter" not in options and len(records.columns) == 1:
        raise UserError(
            f"{path} has one column only, {records.columns[0]!r}, and a case needs two or more; "
            "name the sign that parts its columns with --delimiter."
        )


def _folder(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    from caselab.sources.own import folders

    contents = options.get("contents") or folders.kind(path)
    loose = any(
        each.is_file()
        for each in path.iterdir()
        if each.suffix.lower() in folders.ENDINGS[contents]
    )
    labels = options.get("labels") or (folders.table_of_labels(path) if loose else None)
    return {"contents": contents} | ({"labels": labels} if labels else {})


def _notes(path: Path, options: dict[str, Any]) -> Iterator[str]:
    if path.suffix.lower() == ".xlsx" and "sheet" not in options:
        from caselab.sources.own import tables

        first, *others = tables.sheets(path)
        if others:
            told = ", ".join(map(repr, others[:10])) + ", …" * (len(others) > 10)
            yield f"The sheet {first!r} of {path} is read, and not {told}; name another with --sheet."
    if path.is_dir():
        yield from _notes_on_folder(path, options)


def _notes_on_folder(path: Path, options: dict[str, Any]) -> Iterator[str]:
    from caselab.sources.own import folders

    contents = options["contents"]
    unread = folders.unread(path, contents, options.get("labels"))
    if unread:
        endings = Counter(file.suffix.lower() or "no ending" for file in unread).most_common(5)
        told = ", ".join(f"{count:,} of {ending}" for ending, count in endings)
        yield (
            f"{len(unread):,} files in {path} are not read ({told}), such as "
            f"{unread[0].relative_to(path)}; {contents} end in {', '.join(folders.ENDINGS[contents])}."
        )


def _database(name: str, place: str, query: str | None) -> Found:
    from caselab.sources.own import databases

    url = databases.address(place)
    path, statement = QUERIES / f"{name}.sql", ""
    if query is None or re.fullmatch(r"[\w.$]+(?<!\.sql)", query) or _is_table(url, query):
        statement = f"SELECT * FROM {_table(url, query)}\n"  # noqa: S608  the user's own database
    elif query.endswith(".sql"):
        path = _from_root(Path(query))
    else:
        statement = query.strip() + "\n"
    if statement and path.exists() and path.read_text(encoding="utf-8") != statement:
        raise UserError(
            f"{path} is there already, with another query; move it, or ask it with --query {path}."
        )
    records = databases.query(url, statement or _text(path), str(path))
    database, secret = place, ""
    if not place.startswith(databases.VARIABLE) and databases.has_secret(url):
        database, secret = f"{databases.VARIABLE}{name.upper()}_DATABASE", place
    elif place.startswith("sqlite:///"):
        database = f"sqlite:///{_from_root(Path(place.removeprefix('sqlite:///'))).as_posix()}"
    return Found(
        {"origin": path.as_posix(), "database": database}, records, query=statement, secret=secret
    )


def _is_table(url: Any, query: str) -> bool:
    """Tell a table's name with spaces or other signs from SQL."""
    from caselab.sources.own import databases

    is_sql = query.endswith(".sql") or re.match(r"\s*(select|with)\b", query, re.IGNORECASE)
    return not is_sql and query in databases.table_names(url)


def _table(url: Any, name: str | None) -> str:
    """Return a table's name as SQL; of a database with one table, that one's."""
    from caselab.sources.own import databases

    names = databases.table_names(url)
    if name is None:
        if len(names) != 1:
            raise UserError(
                f"Say what to ask the database, with --query; its tables are: "
                f"{', '.join(names[:20]) or 'none'}."
            )
        return databases.quoted(url, names[0])
    return databases.quoted(url, name) if name in names else name


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The query {path} cannot be read ({error}); correct --query.") from None


def _absolute(path: str) -> Path:
    """Return a path as it is from anywhere, without `..`, which could lead out of the project."""
    return Path(os.path.normpath(Path(path).expanduser().absolute()))


def _from_root(path: Path) -> Path:
    """Return a path from the project's root on, where it lies in the project."""
    root = Path.cwd()
    return path.relative_to(root) if path.is_absolute() and path.is_relative_to(root) else path
