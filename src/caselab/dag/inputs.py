"""What stages are made from: params.yaml parsed once and every path hashed once, for DVC too.

Left to itself, DVC reads params.yaml for each stage and hashes each dependency eight times a stage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.exceptions import DvcException
from dvc.stage import PipelineStage
from dvc.utils.serialize import LOADERS, load_yaml
from dvc_data.hashfile.hash_info import HashInfo

from caselab import params

_MISSING = object()


class Inputs:
    """The parameters and hashes that stages under `root` are made from.

    `overrides` count as if they stood in params.yaml.
    """

    def __init__(self, root: Path, overrides: Sequence[str] = ()) -> None:
        self.parameters: Mapping[str, Any] = _parse_params_once(root / "params.yaml", overrides)
        self._hashes: dict[str, tuple[Any, Any]] = {}
        self._foreseen: dict[str, str] = {}

    def serve(self, stage: PipelineStage) -> None:
        """Have DVC's own code ask us for the stage's hashes and parameters."""
        for dep in stage.deps:
            if isinstance(dep, ParamsDependency):
                dep.read_params = partial(self._values, dep)
            else:
                dep._get_hash_meta = partial(self.hash, dep)
                if not dep.hash_info:  # DVC takes what is new to a recorded stage for a file of 2.x
                    dep.hash_name = "md5"
        stage.save_deps = partial(self._fill_dependencies, stage)

    @property
    def is_empty(self) -> bool:
        """Whether no path has been hashed."""
        return not self._hashes

    def hash(self, path: Any) -> tuple[Any, Any]:
        """Return meta data and hash of a dependency or output, hashed once until forgotten."""
        if path.def_path not in self._hashes:
            self._hashes[path.def_path] = type(path)._get_hash_meta(path)
        return self._hashes[path.def_path]

    def exists(self, path: Any) -> bool:
        """Tell whether a dependency is there, or will be."""
        return path.def_path in self._hashes or path.exists

    def text(self, path: Any) -> str:
        """Return what a dependency that is a text says, or will."""
        if path.def_path in self._foreseen:
            return self._foreseen[path.def_path]
        return Path(path.fs_path).read_text(encoding="utf-8")

    def foresee(self, texts: Mapping[str, str]) -> None:
        """Take files, by path, for what the stage that makes them will leave, until it has."""
        self._foreseen.update(texts)
        for path, text in texts.items():
            digest = hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()
            self._hashes[path] = None, HashInfo("md5", digest)

    def forget(self, out: str) -> None:
        """Hash anew what lies at, in or around a path that a stage has left."""
        for known in (self._hashes, self._foreseen):
            for path in [path for path in known if overlap(path, out)]:
                del known[path]

    def of(self, stage: PipelineStage) -> dict[str, str]:
        """Return the hash of every file and folder the stage depends on, by path."""
        deps = [dep for dep in stage.deps if not isinstance(dep, ParamsDependency)]
        return {dep.def_path: str(self.hash(dep)[1].value) for dep in deps}

    def key(self, stage: PipelineStage) -> str:
        """Hash what the stage is made from: command, dependencies and parameters as they are."""
        values = [self._values(dep) for dep in stage.params]
        content = [stage.cmd, self.of(stage), values]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def _values(self, dep: ParamsDependency, **_: Any) -> dict[str, Any]:
        """Look up the parameters a stage names, as DVC's own slower walk over the file would."""
        found = {}
        for name in dep.params:
            value: Any = self.parameters
            for key in name.split("."):
                value = value.get(key, _MISSING) if isinstance(value, dict) else _MISSING
            if value is not _MISSING:
                found[name] = value
        return found

    def _fill_dependencies(self, stage: PipelineStage, **_: Any) -> None:
        for dep in stage.deps:
            if isinstance(dep, ParamsDependency):
                dep.hash_info = dep.get_hash()
            else:
                dep.meta, dep.hash_info = self.hash(dep)


def overlap(one: str, other: str) -> bool:
    """Tell whether two paths are the same or one lies in the other."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _parse_params_once(path: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """Have DVC read params.yaml once, with `overrides` set, and not once for every stage."""
    try:
        content = params.apply(load_yaml(str(path)), overrides)
    except (DvcException, OSError):
        content = {}  # DVC says what is wrong when it reads the file itself

    def load(wanted: str, fs: Any = None, **options: Any) -> Any:
        if Path(wanted) == path and content:
            return content
        return load_yaml(wanted, fs=fs, **options)

    LOADERS[".yaml"] = load
    return content
