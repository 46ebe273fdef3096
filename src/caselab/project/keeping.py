"""Who keeps the file that a source reads, so that others can have it: Git, DVC, or nobody."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from caselab.project import dvc_lock, git


@dataclass(frozen=True)
class Keeping:
    """Who keeps a file or folder, and what is missing for others to have it as it is here."""

    path: Path
    by: Literal["git", "dvc", "nobody"]
    pointer: Path | None = None
    """The .dvc file by which DVC knows it."""
    uncommitted: tuple[str, ...] = ()
    """Files that Git lacks, or has otherwise: the path's own, or the pointer and its .gitignore."""
    is_other: bool = False
    """Whether what is kept is another content than the one that was read."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether it lies outside of the project."""
        return not _is_here(self.path)

    @property
    def lack(self) -> str:
        """Why nobody else can have it, in one clause; empty where all can."""
        if self.is_elsewhere:
            return f"{self.path} lies outside of the project"
        if self.by == "nobody":
            return f"{self.path} is kept by neither Git nor DVC"
        if self.uncommitted:
            return f"{self.uncommitted[0]} is not committed as it is"
        if self.is_other:
            return f"{self.path} is not as it was read"
        return ""

    @property
    def mend(self) -> str:
        """What lets others have it, as a clause that commands; empty where all can."""
        if not self.lack:
            return ""
        if self.is_elsewhere:
            return (
                f"copy it to {home(self.path)}, name that as the source's origin in params.yaml, "
                f"and `{_added(home(self.path))}`"
            )
        if self.by == "nobody":
            return f"`{_added(self.path)}`"
        if self.uncommitted:
            return f"`git add {shlex.join(self.uncommitted)} && git commit`"
        again = "" if self.by == "git" else f"`{_added(self.path)}` if it is right as it is, and "
        return f"{again}`caselab run` again"


def keeping(path: Path, read: str | None = None) -> Keeping:
    """Return who keeps the file or folder that a source reads.

    Args:
        path: from the project's root.
        read: DVC's hash of what was read; by default of what lies there.
    """
    if not _is_here(path):
        return Keeping(path, "nobody")
    if known := _known_to_dvc(path):
        pointer, digest = known
        beside = [str(pointer), *filter(_is_file, [str(pointer.parent / ".gitignore")])]
        is_other = digest is not None and digest != (read or dvc_lock.content_hash(path) or digest)
        return Keeping(path, "dvc", pointer, tuple(git.changed(*beside)), is_other)
    changed = tuple(git.changed(str(path), ignored=True))
    if not git.knows(str(path)):  # and so not read: it may be large
        return Keeping(path, "nobody", None, changed)
    is_other = read is not None and read != dvc_lock.content_hash(path)
    return Keeping(path, "git", None, changed, is_other)


def _added(path: Path) -> str:
    """Return the commands that give a path to DVC, and what DVC made of it to Git."""
    made = shlex.join([f"{path}.dvc", str(path.parent / ".gitignore")])
    return f"dvc add {shlex.quote(str(path))} && git add {made} && git commit"


def home(path: Path) -> Path:
    """Return where what lies outside of the project is taken in."""
    return Path("data/own", path.name)


def _known_to_dvc(path: Path) -> tuple[Path, str | None] | None:
    """Return the .dvc file that names a path or a folder around it, and DVC's hash of the path."""
    for file in _pointers(path.parent):
        within = path.relative_to(file.parent)
        for out in _outs(file):
            if within == Path(out["path"]):
                return file, out.get("md5")
            if Path(out["path"]) in within.parents:
                return file, None
    return None


def _pointers(folder: Path) -> Iterator[Path]:
    """Give the .dvc files of a folder and of those around it, up to the root."""
    for each in (folder, *folder.parents):
        yield from sorted(file for file in each.glob("*.dvc") if file.is_file())


def _outs(pointer: Path) -> list[dict[str, str]]:
    try:
        content = yaml.safe_load(pointer.read_text(encoding="utf-8"))
        return [out for out in content["outs"] if isinstance(out["path"], str)]
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError):
        return []  # DVC tells what is wrong with it


def _is_here(path: Path) -> bool:
    root = Path.cwd()
    return (root / path).resolve().is_relative_to(root.resolve())


def _is_file(path: str) -> bool:
    return Path(path).is_file()
