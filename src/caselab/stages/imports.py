"""Say of each piece of code which files it comes from, for the other stages to depend on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from caselab.imports.lists import lists
from caselab.params import Params
from caselab.project import places
from caselab.storage.files import replacing


def run(params: Params) -> None:
    """Leave a list of files with their hashes for each of what runs, is asked, shown or learns."""
    write(lists(params))


def write(found: Mapping[str, str], root: Path = Path()) -> None:
    """Leave lists that are known already, by their paths in the folder."""
    with replacing(root / places.imports()) as folder:
        for path, text in found.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")


def read(root: Path = Path()) -> dict[str, str]:
    """Return the lists that lie there, by their paths in the folder."""
    folder = root / places.imports()
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }
