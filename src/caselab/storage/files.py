"""Files and folders that appear whole or not at all."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.storage import unfinished

_USERS_TO_MEND = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EROFS: "the file system is read-only; remount it or choose another folder",
    errno.EACCES: "permission is denied; change the folder's owner or mode",
}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a free path; the file or folder written there takes the place of `path` at the end.

    When the body raises, `path` stays as it was. What a process killed in the middle leaves lies
    in no folder that a stage depends on, and the next run removes it.

    Raises:
        UserError: the disk is full or may not be written.
    """
    path = Path(path)
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The ending stays, because numpy and matplotlib read the format from it.
        part = unfinished.free_path(path)
        yield part
        _sync(part)
        _move(part, path)
    except OSError as error:
        if mend := _mend(error, path.parent):
            raise UserError(f"Cannot write {path}: {mend}, then start again.") from error
        raise
    finally:
        if part:
            unfinished.remove(part)


@contextmanager
def mendable(place: Path | None = None) -> Iterator[None]:
    """Say in one sentence why a file may not be opened, where whoever owns the machine can mend it.

    place: what is named where the system does not say which file it was.

    Raises:
        UserError: the disk is full, or a file may not be read or written.
    """
    try:
        yield
    except OSError as error:
        if mend := _USERS_TO_MEND.get(error.errno or 0):
            name = error.filename or place or "a file"
            raise UserError(f"Cannot open {name}: {mend}, then start again.") from error
        raise


def write_json(path: Path, content: Any) -> None:
    """Write `content` as JSON with sorted keys; numpy's numbers and arrays are welcome.

    Raises:
        ValueError: a number is infinite or not a number, which JSON cannot hold.
    """
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, default=_plain)
    with replacing(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # numpy's scalars and arrays, pandas' series
        return value.tolist()
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"{value!r} of {type(value)} has no form in JSON")


def _sync(path: Path) -> None:
    """Bring what was written to the disk, so that a power cut cannot leave an empty file."""
    inside = sorted(path.rglob("*")) if path.is_dir() else []
    for each in [*inside, path]:
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move(part: Path, path: Path) -> None:
    """Rename; a folder cannot be renamed onto a full one, so that one steps aside first."""
    try:
        if not (path.is_dir() and not path.is_symlink()):
            part.replace(path)
            return
        aside = part.with_name(f"{part.name}.old")
        path.rename(aside)
    except OSError as error:
        beside = path.with_name(part.name)
        if error.errno != errno.EXDEV or beside == part:
            raise
        # A folder that is mounted anew from the same disk: a rename must not leave it.
        try:
            shutil.move(part, beside)
            _move(beside, path)
        finally:
            unfinished.remove(beside)
        return
    try:
        part.rename(path)
    except OSError:
        aside.rename(path)
        raise
    shutil.rmtree(aside)


def is_full(folder: Path) -> bool:
    """Tell whether a folder's disk has no room left to speak of."""
    return folder.is_dir() and shutil.disk_usage(folder).free < 1 << 20


def _mend(error: OSError, folder: Path) -> str | None:
    if error.errno is None and is_full(folder):  # numpy and others lose the number on the way
        return _USERS_TO_MEND[errno.ENOSPC]
    return _USERS_TO_MEND.get(error.errno or 0)
