"""dvc.lock as a whole: read once, written as DVC writes it, forty times as fast."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dvc.dvcfile import ProjectFile
from dvc.stage import PipelineStage
from dvc.stage.serialize import to_lockfile

from caselab.project import dvc_lock
from caselab.storage.files import replacing


class Lock:
    """The lock file that belongs to a dvc.yaml; hold DVC's own lock around every call."""

    def __init__(self, file: ProjectFile) -> None:
        self._lockfile = file._lockfile
        self._path = Path(file._lockfile.path)
        self._known: tuple[int | None, dict[str, Any]] | None = None

    def read(self) -> dict[str, Any]:
        """Give dvc.lock as it is; only a file that someone else wrote meanwhile is read again."""
        written = self._modified()
        if self._known is None or self._known[0] != written:
            content = (self._lockfile.load() if written else None) or {"schema": "2.0"}
            content.setdefault("stages", {})
            self._known = written, content
        return self._known[1]

    def record(self, stages: Iterable[PipelineStage]) -> None:
        """Write down what the stages were made from and what they left."""
        content = self.read()
        for stage in stages:
            content["stages"].update(to_lockfile(stage))
        self._write(content)

    def drop(self, addresses: Iterable[str]) -> None:
        """Strike out the entries of stages."""
        content = self.read()
        for address in addresses:
            del content["stages"][address]
        self._write(content)

    def _write(self, content: dict[str, Any]) -> None:
        with replacing(self._path) as part:
            part.write_text(dvc_lock.text(content), encoding="utf-8")
        self._known = self._modified(), content

    def _modified(self) -> int | None:
        return self._path.stat().st_mtime_ns if self._path.exists() else None
