"""What files say of what they need, parsed once for as long as they stay what they are.

Parsing the package takes a second and more, and every look at the DAG after an edit wants it.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from caselab.imports.walk import imports
from caselab.params.signatures import module
from caselab.project import places
from caselab.storage.files import replacing

Said = dict[str, list[str]]
"""The modules that a file imports, and the words that stand before the dot of a string in it."""


class Parsed:
    """The files under `root`, of which some were parsed by an earlier command."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._place = root / places.parsed_imports()
        self._before = _read(self._place)
        self._said: dict[str, Said] = {}
        self.digest = cache(_digest)

    def imports(self, file: Path) -> list[str]:
        """Return every name a file imports, but for types alone; none of a file that is no Python."""
        return self._of(file)["imports"]

    def words(self, file: Path) -> list[str]:
        """Return what stands before the dot of every string `word.word` in a file."""
        return self._of(file)["words"]

    def keep(self) -> None:
        """Leave what was asked for to the next command, in a project where something ran already."""
        if self._said.items() <= self._before.items() or not self._place.parent.is_dir():
            return
        with replacing(self._place) as part:
            part.write_text(json.dumps({"by": _OWN, "files": self._said}), encoding="utf-8")

    def _of(self, file: Path) -> Said:
        path = file.relative_to(self._root)
        key = (
            f"{path.as_posix()} {self.digest(file)}"  # where it lies says what a leading dot means
        )
        if key not in self._said:
            self._said[key] = self._before.get(key) or _parse(file, ".".join(path.parent.parts[1:]))
        return self._said[key]


def _parse(file: Path, package: str) -> Said:
    names = sorted({name for name, _ in imports(file, package)})
    return {"imports": names, "words": sorted(set(_words(file)))}


def _words(file: Path) -> Iterator[str]:
    try:
        nodes = list(ast.walk(module(file).tree))
    except (SyntaxError, ValueError):  # whoever runs it is told
        return
    strings = [node.value for node in nodes if isinstance(node, ast.Constant)]
    found = [re.fullmatch(r"(\w+)\.\w+", text) for text in strings if isinstance(text, str)]
    yield from (match[1] for match in found if match)


def _read(place: Path) -> dict[str, Said]:
    try:
        kept = json.loads(place.read_bytes())
        files: dict[str, Said] = kept["files"] if kept["by"] == _OWN else {}
    except (OSError, ValueError, KeyError, TypeError):  # none, damaged, of another version
        return {}
    return files


def _digest(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


_OWN = [_digest(file) for file in sorted(Path(__file__).parent.glob("*.py"))]
"""How the files were parsed: by this code."""
