"""Where records come from: one file each, with its licence, its citation and its mirrors.

A source's file holds `source = Source(...)`. In place of one, params.yaml may name what a user brings
(`own/`): a table, a query to a database, a folder of pictures or texts.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab.data import downloads
from caselab.errors import UserError, unknown
from caselab.params import origins

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mirror:
    """Files that together hold the records, and how to read them: every mirror gives the same."""

    files: tuple[downloads.File, ...]
    read: Callable[..., pd.DataFrame]  # called with the files' paths, in their order


@dataclass(frozen=True)
class Source:
    """Records, and what a user must know about them."""

    title: str
    licence: str
    citation: str
    url: str
    mirrors: tuple[Mirror, ...]  # in the order in which they are tried


def names() -> list[str]:
    """Return the sources with mirrors of their own."""
    return sorted(each.name for each in pkgutil.iter_modules(__path__) if each.name != "own")


def load(origin: str, **options: Any) -> Source:
    """Return the source that an `origin` of params.yaml names: a file of `sources/`, or a user's own.

    Args:
        origin: `src/caselab/sources/telco.py`, or the path, from the project's root, of a data
            file, of a folder, or of an .sql file that asks a database.
        options: how to read what a user brings (`own/`); a file of `sources/` takes none.

    Raises:
        UserError: there is no such file in `sources/`, or no such option.
    """
    path, reader = Path(origin), origins.reader(origin)
    known_options = origins.options(reader) if reader else ()
    for option in options:
        if option not in known_options:
            raise unknown(f"option of {origin}", option, known_options)
    if reader:
        read = partial(_read_own, path, **options)
        return Source(path.name, "the user's own", citation="", url="", mirrors=(Mirror((), read),))
    if path.parent.name != "sources" or path.stem not in names():
        raise unknown("source", origin, [f"src/caselab/sources/{name}.py" for name in names()])
    return import_module(f"{__name__}.{path.stem}").source


def records(source: Source) -> pd.DataFrame:
    """Return the records from the first mirror that has them unharmed.

    Raises:
        UserError: no mirror has them; the reason of each is told.
    """
    reasons = []
    for mirror in source.mirrors:
        paths = []
        for file in mirror.files:
            try:
                paths.append(downloads.fetch(file))
            except downloads.UnavailableError as error:
                log.warning("%s cannot be had from %s: %s", source.title, file.place, error)
                reasons.append(f"{file.place}: {error}")
                break
        else:
            return mirror.read(*paths)
    raise UserError(
        f"{source.title} cannot be had; tried {'; '.join(reasons)}. "
        "Check the network, or name your own table as the source's origin in params.yaml."
    )


def _read_own(path: Path, **options: Any) -> pd.DataFrame:
    from caselab.sources import own

    return own.read(path, **options)
