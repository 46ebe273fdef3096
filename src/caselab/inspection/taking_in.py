"""Take data into the project: a copy in data/own/ where it lies elsewhere, and kept by DVC."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from caselab.errors import UserError
from caselab.project import dvc_lock, programs
from caselab.project.keeping import home, keeping
from caselab.storage.files import replacing


def take_in(path: Path) -> Path:
    """Give a file or folder to DVC, and return where it lies in the project.

    Raises:
        UserError: something else lies there already, or DVC refuses.
    """
    place = path
    if keeping(path).is_elsewhere:
        place = home(path)
        _copy(path, place)
    code, printed = programs.run([sys.executable, "-m", "dvc", "add", str(place)], Path())
    if code:
        why = programs.last_line(printed)
        raise UserError(f"DVC does not take {place} in ({why}); mend that, or leave out --take-in.")
    return place


def _copy(path: Path, place: Path) -> None:
    if place.exists() and dvc_lock.content_hash(place) == dvc_lock.content_hash(path):
        return
    if place.exists():
        raise UserError(
            f"{place} is there already with other content; rename {path}, or remove what is there."
        )
    with replacing(place) as part:
        shutil.copytree(path, part) if path.is_dir() else shutil.copyfile(path, part)
