"""What DVC's cache holds under a name that its content no longer has: found, and never given out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvc.output import Output
from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc.stage.cache import RunCacheNotFoundError, StageCache, _get_cache_hash
from dvc.utils.serialize import YAMLFileCorruptedError, load_yaml
from dvc_data.hashfile.tree import Tree
from dvc_objects.errors import ObjectFormatError

from caselab.project import dvc_lock


class RunCache(StageCache):
    """DVC's run cache, which restores nothing but what once ran."""

    def restore(self, stage: PipelineStage, *arguments: Any, **options: Any) -> None:
        """Restore a stage's outputs, and look whether they are what they should be.

        What is damaged is removed from the cache.

        Raises:
            RunCacheNotFoundError: the stage must run.
        """
        super().restore(stage, *arguments, **options)
        damaged = [out for out in self._restored.outs if _is_other(out)]
        for out in damaged:
            drop(out)
        if damaged:
            stage.remove_outs(ignore_remove=True, force=True)
            raise RunCacheNotFoundError(stage)

    def _load_cache(self, key: str, value: str | None) -> Mapping[str, Any] | None:
        """Give an entry that is whole: its name is the hash of what it says."""
        if value is None:  # an empty folder
            return None
        entry: Mapping[str, Any] | None = super()._load_cache(key, value)
        if entry is None or _get_cache_hash(entry) == value:
            return entry
        Path(self._get_cache_path(key, value)).unlink()
        return None

    def _create_stage(self, cache: Mapping[str, Any], wdir: str | None = None) -> PipelineStage:
        self._restored: PipelineStage = super()._create_stage(cache, wdir)
        return self._restored


@dataclass(frozen=True)
class Damages:
    """What a reading of the whole cache found, and took out."""

    files: int
    size: int
    """Bytes."""
    damaged: list[Path]


def drop(out: Output) -> None:
    """Remove from the cache what stands there under the names of an output's files and is not them.

    DVC itself adds nothing where something of that name is.
    """
    for oid in _objects(out):
        path = Path(out.cache.oid_to_path(oid))
        if path.exists() and not _is_sound(path, oid):
            path.unlink()


def remove_parts(cache: Path) -> None:
    """Remove what a full disk has left half-written in the cache; hold DVC's lock."""
    for part in cache.rglob(".*.tmp"):
        part.unlink()


def listing(repo: Repo) -> dict[Path, str | None]:
    """Return every object of the cache with the hash it is named by, and the run cache's entries."""
    cache = repo.cache.local
    entries = Path(repo.stage_cache.cache_dir).glob("*/*/*")
    return {Path(cache.oid_to_path(oid)): oid for oid in cache.all()} | dict.fromkeys(entries)


def sweep(listed: Mapping[Path, str | None]) -> Damages:
    """Read what is listed, and remove what is damaged."""
    files, size, damaged = 0, 0, []
    for path, oid in listed.items():
        try:
            size += path.stat().st_size
            files += 1
            if not (_is_sound(path, oid) if oid else read_entry(path)):
                path.unlink()
                damaged.append(path)
        except FileNotFoundError:  # removed meanwhile
            continue
    return Damages(files, size, damaged)


def read_entry(path: Path) -> Mapping[str, Any] | None:
    """Return what an entry of the run cache says; None where that is not what it was named by."""
    try:
        entry = load_yaml(str(path))
        return entry if _get_cache_hash(entry) == path.name else None
    except (YAMLFileCorruptedError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _is_other(out: Output) -> bool:
    return dvc_lock.content_hash(Path(out.fs_path)) != out.hash_info.value


def _is_sound(path: Path, oid: str) -> bool:
    return dvc_lock.file_hash(path) == oid.removesuffix(".dir")


def _objects(out: Output) -> Iterator[str]:
    yield out.hash_info.value
    try:
        obj = out.get_obj()
    except ObjectFormatError:
        return
    if isinstance(obj, Tree):
        yield from (entry.value for *_, entry in obj)
