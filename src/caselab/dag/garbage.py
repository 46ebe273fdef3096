"""What DVC's cache holds that nothing kept names any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc_data.hashfile.db import HashFileDB
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree
from dvc_objects.errors import ObjectFormatError

from caselab.dag import damage


def collect(repo: Repo, keep: Iterable[Mapping[str, Any]], dry: bool = False) -> tuple[int, int]:
    """Remove from the cache what none of these contents of dvc.lock names; `dry` only counts.

    Returns the files removed and their bytes.
    """
    cache = repo.cache.local
    used: set[str] = set()
    for oid in {*_brought(repo), *_named(keep)}:
        used |= _contents(cache, oid)
    unused = [oid for oid in cache.all() if oid not in used]
    paths = [Path(cache.oid_to_path(oid)) for oid in unused]
    size = sum(path.stat().st_size for path in paths)
    if not dry:
        _forget_runs(repo, set(unused))
        for path in paths:
            path.unlink()
    return len(paths), size


def _named(keep: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Give the hashes that contents of dvc.lock name: what stages left, and the data they read."""
    for lock in keep:
        for stage in lock.get("stages", {}).values():
            for path in (*stage.get("outs", []), *stage.get("deps", [])):
                if "md5" in path:
                    yield path["md5"]


def _brought(repo: Repo) -> Iterator[str]:
    """Give the hashes of what users brought, by the project's .dvc files."""
    for stage in repo.index.stages:
        if not isinstance(stage, PipelineStage):
            yield from (out.hash_info.value for out in stage.outs if out.hash_info)


def _forget_runs(repo: Repo, unused: set[str]) -> None:
    """Remove the entries of the run cache that could no longer be restored."""
    for path in Path(repo.stage_cache.cache_dir).glob("*/*/*"):
        entry = damage.read_entry(path)
        if entry is None or any(out.get("md5") in unused for out in entry.get("outs", [])):
            path.unlink()
            if not any(path.parent.iterdir()):  # DVC trips over an empty folder
                path.parent.rmdir()


def _contents(cache: HashFileDB, oid: str) -> set[str]:
    """Return the objects that an output's hash stands for: a folder's own, and its files'."""
    hash_info = HashInfo("md5", oid)
    if not hash_info.isdir or not cache.exists(oid):
        return {oid}
    try:
        return {oid} | {entry.value for *_, entry in Tree.load(cache, hash_info)}
    except ObjectFormatError:  # damaged: whatever it named, nobody can tell
        return {oid}
