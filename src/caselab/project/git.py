"""The state of the project's code, as git has it."""

import os
import subprocess
import tempfile
from pathlib import Path

CODE = (
    "src",
    "flows",
    "queries",  # what own data asks of a database
    "params.yaml",
    "dvc.yaml",
    "pyproject.toml",
    "constraints.txt",
)
"""What a result is made from; dvc.lock is itself a result."""


def commit() -> str | None:
    """Return the commit the project stands on, None outside git or before the first."""
    return _git("rev-parse", "--verify", "HEAD").strip() or None


def has(commit: str) -> bool:
    """Tell whether the repository holds a commit."""
    return _git("cat-file", "-t", commit).strip() == "commit"


def committed(file: str) -> str:
    """Return a file of the current folder as the commit has it; nothing where it has none."""
    return _git("show", f"HEAD:./{file}")


def is_unmerged(file: str) -> bool:
    """Tell whether a merge left a file of the current folder in conflict."""
    return bool(_git("ls-files", "--unmerged", "--", file))


def sides(file: str) -> tuple[str, str, str]:
    """Return a file in conflict as base, ours and theirs have it; nothing where one has none."""
    base, ours, theirs = (_git("show", f":{number}:./{file}") for number in (1, 2, 3))
    return base, ours, theirs


def add(file: str) -> None:
    """Stage a file, which also tells git that its conflict is resolved."""
    _git("add", "--", file)


def root() -> tuple[Path, Path] | None:
    """Return the repository's top folder, and where in it the project lies; None outside git."""
    top = _git("rev-parse", "--show-toplevel").strip()
    return (Path(top), Path(_git("rev-parse", "--show-prefix").strip())) if top else None


def uncommitted() -> list[str]:
    """List the files of the code and its parameters that differ from the commit, or are new."""
    return changed(*CODE)


def changed(*paths: str, ignored: bool = False) -> list[str]:
    """List the files at these paths that differ from the commit, or are new; also `ignored` ones."""
    words = ["--porcelain", "--untracked-files=all", *["--ignored"] * ignored]
    lines = _git("status", *words, "--", *paths).splitlines()
    prefix = _git("rev-parse", "--show-prefix").strip() if lines else ""
    return sorted(_name(line[3:]).removeprefix(prefix) for line in lines)


def knows(path: str) -> bool:
    """Tell whether the repository holds a file of this path, or in this folder."""
    return bool(_git("ls-files", "--", path))


def difference() -> str:
    """Return what `uncommitted` lists as a patch that `git apply` takes, new files included."""
    tracked = {path.partition("/")[0] for path in _git("ls-files", "--", *CODE).splitlines()}
    known = [path for path in CODE if path in tracked or Path(path).exists()]
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder, "index"))  # the user's own stays as it is
        _git("read-tree", "HEAD", index=index)
        _git("add", "--all", "--", *known, index=index)
        return _git("diff", "--cached", "--binary", "HEAD", index=index)


def _name(entry: str) -> str:
    """Return the path in a line of `git status`: of a file that moved its new one."""
    return entry.rpartition(" -> ")[2].strip('"')


def _git(*arguments: str, index: str | None = None) -> str:
    """Return what git prints; nothing where it fails or is not installed."""
    environment = os.environ | ({"GIT_INDEX_FILE": index} if index else {})
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            capture_output=True,
            check=True,
            env=environment,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode("utf-8", "surrogateescape")  # a patch may hold any bytes
