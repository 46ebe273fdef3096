"""What the last look at the DAG found, for as long as nothing has changed that it came from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from caselab.dag.graph import Stage
from caselab.project import dvc_lock, places
from caselab.storage.files import replacing

FILES = ("params.yaml", "dvc.yaml", "dvc.lock", ".dvcignore", ".dvc/config", ".dvc/config.local")
"""The files that are read whole, and not only looked at for when they were written."""


@dataclass(frozen=True)
class Snapshot:
    """The stages of dvc.yaml in running order, and which of those looked at were stale, and why."""

    stages: list[Stage]
    looked_at: frozenset[str]
    stale: dict[str, list[str]]
    cache: Path
    """The folder of DVC's cache."""
    shape: str | None
    """What the stages come from: see shape.py."""


def files(root: Path) -> dict[str, str]:
    """Return a hash of what each of `FILES` says; empty where there is none."""
    return {
        name: hashlib.sha256((root / name).read_bytes()).hexdigest()
        if (root / name).is_file()
        else ""
        for name in FILES
    }


def read(root: Path, files: Mapping[str, str], overrides: Sequence[str]) -> Snapshot | None:
    """Return what the last look found, None where it would find something else by now."""
    kept = _kept(root)
    if kept is None:
        return None
    last, before = kept
    seen = [stage for stage in last.stages if stage.address in last.looked_at]
    return last if fingerprint(root, files, overrides, last.cache, seen) == before else None


def stages(root: Path, shape: str | None) -> list[Stage] | None:
    """Return the stages that the last look found, None where by now there may be others."""
    kept = _kept(root)
    return kept[0].stages if kept and shape and kept[0].shape == shape else None


def _kept(root: Path) -> tuple[Snapshot, str] | None:
    """Return what the last look found, and the fingerprint from before it."""
    try:
        kept = json.loads((root / places.last_look()).read_bytes())
        stages = [
            Stage(address, tuple(deps), tuple(outs), frozenset(needs))
            for address, deps, outs, needs in kept["stages"]
        ]
        looked_at, cache = frozenset(kept["looked_at"]), Path(kept["cache"])
        last = Snapshot(stages, looked_at, kept["stale"], cache, kept["shape"])
        return last, kept["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):  # none, of another version, damaged
        return None


def write(root: Path, snapshot: Snapshot, before: str) -> None:
    """Keep what a look found, with the fingerprint from before it."""
    content = {
        "fingerprint": before,
        "cache": str(snapshot.cache),
        "stages": [(s.address, s.deps, s.outs, sorted(s.needs)) for s in snapshot.stages],
        "looked_at": sorted(snapshot.looked_at),
        "stale": snapshot.stale,
        "shape": snapshot.shape,
    }
    with replacing(root / places.last_look()) as part:
        part.write_text(json.dumps(content), encoding="utf-8")


def fingerprint(
    root: Path,
    files: Mapping[str, str],
    overrides: Sequence[str],
    cache: Path,
    stages: Iterable[Stage],
) -> str:
    """Hash all that a look at these stages depends on, beside what `files` said before it.

    Of dependencies, outputs and this room's own code it takes size and time of writing, as DVC does
    before it reads a file again; of DVC's cache, when a file came or went.
    """
    given = [version("dvc"), list(overrides), dict(files)]
    seen = hashlib.sha256(json.dumps(given, sort_keys=True).encode())
    used = {path for stage in stages for path in (*stage.deps, *stage.outs)}
    for each in sorted(used):
        if used.isdisjoint(map(str, PurePosixPath(each).parents)):
            seen.update("\0".join(_states(root / each)).encode())
    seen.update("\0".join(_states(Path(__file__).parent)).encode())
    for folder in sorted(cache.glob("*")):
        seen.update(f"{folder.name} {folder.stat().st_mtime_ns}\0".encode())
    return seen.hexdigest()


def _states(path: Path) -> Iterator[str]:
    """Yield a line for a file, or for a folder and everything in it."""
    if not path.is_dir():
        yield _state(path) if path.exists() else f"{path} -"
        return
    for place, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not dvc_lock.is_ignored(Path(name)))
        yield place
        for name in sorted(files):
            if not dvc_lock.is_ignored(Path(name)):
                yield _state(Path(place, name))


def _state(path: Path) -> str:
    status = path.stat()
    return f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
