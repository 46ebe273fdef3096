"""dvc.lock as data: what a stage was made from and what it left, by hash."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from caselab.errors import UserError
from caselab.project import git


@dataclass(frozen=True)
class LockedStage:
    """A stage as dvc.lock records it."""

    command: str
    inputs: dict[str, str]
    """DVC's hash of every dependency, by path."""
    values: dict[str, dict[str, Any]]
    """Every parameter the stage depends on, by file and dotted key."""
    outputs: dict[str, str]
    """DVC's hash of every output, by path."""

    @property
    def key(self) -> str:
        """Hash what the stage is made from; `Dag.key` gives the same for a stage up to date."""
        content = [self.command, self.inputs, list(self.values.values())]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def differing_values(self) -> list[str]:
        """Return which parameters have other values in their files now, by dotted key."""
        found = []
        for file, values in self.values.items():
            content = yaml.load(Path(file).read_bytes(), _Loader)  # noqa: S506  safe, in C
            found += [key for key, value in values.items() if _at(content, key) != value]
        return found


def stage(address: str, file: Path = Path("dvc.lock")) -> LockedStage:
    """Return what `file` records of a stage such as `train@churn-mlp`.

    Raises:
        UserError: it records no such stage, or is no dvc.lock.
    """
    stages = read(file)
    if address not in stages:
        name = address.partition("@")[2]
        raise UserError(f"{file} has no {address}; run `caselab run {name}` first.")
    return stages[address]


def outputs(address: str, file: Path = Path("dvc.lock")) -> dict[str, str]:
    """Return DVC's hash of what a stage left, by path; nothing of a stage that is not recorded."""
    found = read(file).get(address)
    return found.outputs if found else {}


def read(file: Path = Path("dvc.lock")) -> dict[str, LockedStage]:
    """Return what `file` records, by the stage's address; nothing where there is no file.

    Raises:
        UserError: it is no dvc.lock.
    """
    try:
        return _read(file.absolute(), file.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read ({type(error).__name__}); {mend()}.") from error


def mend() -> str:
    """Return what to do about a dvc.lock of the current folder that cannot be read, as a clause."""
    if git.is_unmerged("dvc.lock"):
        return "it is in conflict: `caselab merge-lock` joins both sides"
    if parsed(git.committed("dvc.lock")):
        return "restore it with `git checkout HEAD -- dvc.lock`"
    return "remove it: `caselab run` takes from DVC's cache what ran before"


def parsed(text: str) -> dict[str, Any] | None:
    """Return the content of a dvc.lock, None where a text is none."""
    try:
        content = yaml.load(text, _Loader)  # noqa: S506  safe, in C
    except (yaml.YAMLError, UnicodeEncodeError):  # the latter of bytes that git passed through
        return None
    return (
        content if isinstance(content, dict) and isinstance(content.get("stages"), dict) else None
    )


def text(content: Mapping[str, Any]) -> str:
    """Return the content of a dvc.lock as DVC writes it."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


@lru_cache(maxsize=8)
def _read(file: Path, _modified: int) -> dict[str, LockedStage]:
    content = yaml.load(file.read_bytes(), _Loader)  # noqa: S506  safe, in C
    return {
        address: LockedStage(
            command=stage["cmd"],
            inputs=_hashes(stage.get("deps", [])),
            values=stage.get("params", {}),
            outputs=_hashes(stage.get("outs", [])),
        )
        for address, stage in content["stages"].items()
    }


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Write out what two stages share, as DVC does."""
        return True


_Dumper.add_representer(OrderedDict, _Dumper.represent_dict)


def _at(content: Any, key: str) -> Any:
    """Return what stands under a dotted key, None where nothing does."""
    for part in key.split("."):
        content = content.get(part) if isinstance(content, dict) else None
    return content


def _hashes(paths: list[dict[str, Any]]) -> dict[str, str]:
    return {path["path"]: path.get("md5", "") for path in paths}


def differing(recorded: Mapping[str, str]) -> list[str]:
    """Return which of these files and folders are not as recorded, by path."""
    return [path for path, digest in recorded.items() if content_hash(Path(path)) != digest]


def content_hash(path: Path) -> str | None:
    """Return DVC's hash of a file or folder, None where there is none."""
    if path.is_file():
        return file_hash(path)
    if not path.is_dir():
        return None
    hashes = {tuple(file.split("/")): digest for file, digest in file_hashes(path).items()}
    listing = [{"md5": hashes[parts], "relpath": "/".join(parts)} for parts in sorted(hashes)]
    return _md5(json.dumps(listing, sort_keys=True).encode()) + ".dir"


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every file in a folder, by its path in there."""
    return {
        file.relative_to(folder).as_posix(): file_hash(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not is_ignored(file.relative_to(folder))
    }


def file_hash(file: Path) -> str:
    """Return DVC's hash of one file, read from the disk and not from DVC's memory of it."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, _new_md5).hexdigest()


def is_ignored(path: Path) -> bool:
    """Tell whether .dvcignore leaves a path out, were it by a folder that it lies in."""
    return path.suffix == ".pyc" or any(
        part == "__pycache__" or part.startswith(".part-") for part in path.parts
    )


def _new_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
