"""dvc.lock as data: what a stage was made from and what it left, by hash."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from caselab.errors import UserError


@dataclass(frozen=True)
class Entry:
    """A stage as dvc.lock records it."""

    command: str
    inputs: dict[str, str]
    """DVC's hash of every dependency, by path."""
    values: dict[str, Any]
    """Every parameter the stage depends on, by dotted key."""
    outputs: dict[str, str]
    """DVC's hash of every output, by path."""

    @property
    def key(self) -> str:
        """Hash what the stage is made from; `Dag.key` gives the same for a stage up to date."""
        content = [self.command, self.inputs, self.values]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def entry(address: str, file: Path = Path("dvc.lock")) -> Entry:
    """Return what `file` records of a stage such as `train@churn-mlp`.

    Raises:
        UserError: it records no such stage, or is no dvc.lock.
    """
    stages = read(file)
    if address not in stages:
        name = address.partition("@")[2]
        raise UserError(f"{file} has no {address}; run `caselab run {name}` first.")
    return stages[address]


def read(file: Path = Path("dvc.lock")) -> dict[str, Entry]:
    """Return what `file` records, by the stage's address; nothing where there is no file.

    Raises:
        UserError: it is no dvc.lock.
    """
    try:
        return _read(file.absolute(), file.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise UserError(
            f"{file} cannot be read ({type(error).__name__}); "
            f"restore it with `git checkout {file.name}`."
        ) from error


@lru_cache(maxsize=8)
def _read(file: Path, _modified: int) -> dict[str, Entry]:
    content = yaml.load(file.read_bytes(), _Loader)  # noqa: S506  a safe loader, in C
    return {
        address: Entry(
            command=stage["cmd"],
            inputs=_hashes(stage.get("deps", [])),
            values={k: v for part in stage.get("params", {}).values() for k, v in part.items()},
            outputs=_hashes(stage.get("outs", [])),
        )
        for address, stage in content["stages"].items()
    }


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _hashes(paths: list[dict[str, Any]]) -> dict[str, str]:
    return {path["path"]: path.get("md5", "") for path in paths}


def folder_hashes(folder: Path) -> dict[str, str]:
    """Return the MD5 of every file in `folder`, by path in it, as DVC counts them."""
    return {
        path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()  # noqa: S324
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def folder_hash(folder: Path) -> str:
    """Return DVC's hash of a whole folder, as dvc.lock has it."""
    parts = {tuple(path.split("/")): md5 for path, md5 in folder_hashes(folder).items()}
    listing = [{"md5": parts[path], "relpath": "/".join(path)} for path in sorted(parts)]
    return hashlib.md5(json.dumps(listing, sort_keys=True).encode()).hexdigest() + ".dir"  # noqa: S324
