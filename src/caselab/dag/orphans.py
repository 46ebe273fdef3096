"""What lies where stages leave their outputs, and no stage of dvc.yaml makes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from caselab.dag.graph import Stage
from caselab.dag.inputs import overlap
from caselab.project import dvc_lock, places


class Owned:
    """The outputs of stages, and the folders they lie in."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        self._outs = {out for stage in stages.values() for out in stage.outs}
        self._folders = {str(each) for out in self._outs for each in PurePosixPath(out).parents}

    def strays(self, stage: Stage) -> Iterator[str]:
        """Yield what no stage makes in the folders in which one takes what others leave.

        It counts as an input: `compare` depends on all that lies in a case's reports.
        """
        for dep in stage.deps:
            if dep in self._folders:
                yield from self._strays(dep)

    def lost(self, gone: Iterable[Mapping[str, Any]]) -> list[str]:
        """Return what has been left by stages that are gone, given as dvc.lock has them."""
        return [
            out["path"]
            for stage in gone
            for out in stage.get("outs", [])
            if Path(out["path"]).exists()
            and not any(overlap(out["path"], other) for other in self._outs)
        ]

    def _strays(self, folder: str) -> Iterator[str]:
        for child in sorted(Path(folder).glob("*")):
            path = child.as_posix()
            if path in self._folders and child.is_dir():
                yield from self._strays(path)
            elif path not in self._outs and not dvc_lock.is_ignored(child):
                yield path


def set_aside(path: str) -> Path:
    """Move a stray out of the way, for whoever put it there; return where to."""
    place = places.strays() / path
    number = 1
    while place.exists():
        number += 1
        place = places.strays() / f"{path}-{number}"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, place)
    return place
