"""Runs that wait for their store, with copies of their files: the originals may be gone by then."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from caselab.project import places
from caselab.storage.files import replacing
from caselab.tracking import run_writer
from caselab.tracking.records import Record

log = logging.getLogger(__name__)


def keep(done: Record) -> None:
    """Let a record wait, in `.caselab/pending/`."""
    with replacing(_folder(done)) as folder:
        folder.mkdir()
        run_writer.copy(done.files, folder / "files")
        (folder / "record.json").write_text(done.to_json(), encoding="utf-8")


def waiting() -> list[Record]:
    """Return the records that wait, the oldest first."""
    return sorted(_readable(), key=lambda done: done.ended)


def drop(done: Record) -> None:
    """Forget a record that has been written, be it by another process that sent it too."""
    shutil.rmtree(_folder(done), ignore_errors=True)


def _readable() -> Iterator[Record]:
    # Not the hidden .part-* that a killed process may have left.
    for file in places.pending().glob("[!.]*/record.json"):
        try:
            done = Record.from_json(file.read_text(encoding="utf-8"))
        except (ValueError, TypeError) as error:
            log.warning("%s is damaged (%s) and is left out; remove its folder.", file, error)
            continue
        files = {place: str(file.parent / "files" / place) for place in done.files}
        yield replace(done, files=files)


def _folder(done: Record) -> Path:
    name = f"{done.pipeline}-{done.stage}-{done.key[:12]}"
    return places.pending() / name
