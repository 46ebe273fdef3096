"""Where files and folders lie until they are whole: on their own file system, and in no stage's inputs."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import zlib
from pathlib import Path

from caselab.project import places

OUTPUTS = ("data", "models", "reports", "leaderboards")
"""The folders of what stages leave, each of which may be another disk."""

_HOST = f"{zlib.crc32(socket.gethostname().encode()):08x}"


def free_path(path: Path) -> Path:
    """Return a new path from which a rename leads to `path`; its name ends as that one's.

    In a project it lies in `.caselab/unfinished/`. Where `path` is on another disk, it lies hidden
    in the highest folder of the project on that disk; outside of a project beside `path`.
    """
    name = f".part-{_HOST}-{os.getpid()}-{secrets.token_hex(4)}-{path.name}"
    return _room(path.parent.absolute()) / name


def remove_left_behind() -> None:
    """Remove what processes of this machine have left unfinished in this project when they ended."""
    rooms = [places.unfinished(), *map(Path, OUTPUTS)]
    for room in rooms:
        for path in [*room.glob(".part-*"), *room.glob("*/.part-*")]:
            written = re.match(r"\.part-(\w+)-(\d+)-", path.name)
            if written and written[1] == _HOST and _has_ended(int(written[2])):
                remove(path)


def remove(path: Path) -> None:
    """Remove a file or folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _has_ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's
        return False
    return False


def _room(folder: Path) -> Path:
    root = places.project_of(folder)
    if root is None:
        return folder
    disk = folder.stat().st_dev
    room = root / places.unfinished()
    room.mkdir(parents=True, exist_ok=True)
    if room.stat().st_dev == disk:
        return room
    inside = [folder, *folder.parents][: len(folder.parts) - len(root.parts)]
    return next(above for above in reversed(inside) if above.stat().st_dev == disk)
