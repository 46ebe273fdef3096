"""What the stage `imports` will leave, known before it runs: it costs so little that it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from caselab import params
from caselab.imports.lists import lists
from caselab.stages import imports

STAGE = "imports"


class Foresight:
    """Look ahead, after an edit, so that none but those stages whose lists change are stale."""

    def __init__(self, root: Path, overrides: Sequence[str] = ()) -> None:
        self._root, self._overrides = root, overrides
        self._lists: dict[str, str] = {}
        self._lie_there = False

    def __bool__(self) -> bool:
        return bool(self._lists)

    def look(self) -> dict[str, str]:
        """Return the text of each list as the stage would leave it, by its path in its folder."""
        self._lists = lists(params.load(self._root, self._overrides), self._root)
        self._lie_there = imports.read(self._root) == self._lists
        return self._lists

    def write(self) -> None:
        """Leave what was seen, in place of the stage; nothing is touched where all lies there."""
        if not self._lie_there:
            imports.write(self._lists, self._root)
