"""Say of each piece of code which files it comes from, for the other stages to depend on."""

from __future__ import annotations

from caselab.imports.lists import lists
from caselab.params import Params
from caselab.project import places
from caselab.storage.files import replacing


def run(params: Params) -> None:
    """Leave a list of files with their hashes for each of what runs, is asked, shown or learns."""
    with replacing(places.imports()) as folder:
        for path, text in lists(params).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
