"""dvc.yaml as a graph: what is stale and why, restore a stage or record it.

The only room that imports DVC, and it uses DVC's inner calls (its minor version is pinned;
tests/test_dag.py holds it against `dvc repro` itself). Why not DVC's own `reproduce`: stages run
side by side in processes of ours, params.yaml is parsed once and not once a stage, every path is
hashed once, and dvc.lock is written for many stages at a time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import networkx as nx
import yaml
from dvc.dependency import ParamsDependency
from dvc.dvcfile import ProjectFile
from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc.stage.cache import RunCacheNotFoundError
from dvc.stage.serialize import to_lockfile
from dvc.utils.serialize import LOADERS, load_yaml
from dvc_data.hashfile.db import HashFileDB
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree

from caselab import params
from caselab.errors import UserError, unknown
from caselab.stages import Provenance
from caselab.storage.files import replacing

logging.getLogger("dvc").setLevel(logging.ERROR)

NEVER_RUN = "never run"
_MISSING = object()
PATIENCE = 60.0  # seconds to wait for another DVC command to free the repository


@dataclass(frozen=True)
class Stage:
    """One step of the DAG: `train@churn-mlp` has the verb `train` and the name `churn-mlp`."""

    address: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]
    needs: frozenset[str]

    @property
    def verb(self) -> str:
        """Which file of stages/ it runs."""
        return self.address.partition("@")[0]

    @property
    def name(self) -> str:
        """Which block of params.yaml it runs for."""
        return self.address.partition("@")[2]


class Dag:
    """Read dvc.yaml, params.yaml and dvc.lock under `root`.

    `overrides` (`pipelines.churn-mlp.training.learning_rate=0.01`) count as if they stood in
    params.yaml. Methods may be called from several threads.

    Raises:
        UserError: if one of the three files cannot be read.
    """

    def __init__(self, root: Path = Path(), overrides: Sequence[str] = ()) -> None:
        self.root = root.resolve()
        self._mutex = threading.RLock()
        self._hashes: dict[str, tuple[Any, Any]] = {}
        self._finished: list[PipelineStage] = []
        self._lock_read: tuple[int | None, dict[str, Any]] | None = None
        self._parameters = _parse_params_once(self.root / "params.yaml", overrides)
        with _one_sentence():
            self._repo = Repo(str(self.root))
            graph = self._repo.index.graph
            self._stages = {s.addressing: s for s in graph if isinstance(s, PipelineStage)}
            self._file = ProjectFile(self._repo, "dvc.yaml")
            for stage in self._stages.values():
                self._remember(stage)
        self.stages = {
            address: Stage(
                address,
                deps=tuple(d.def_path for d in stage.deps if not isinstance(d, ParamsDependency)),
                outs=tuple(out.def_path for out in stage.outs),
                needs=frozenset(need.addressing for need in graph.successors(stage)),
            )
            for address, stage in sorted(self._stages.items())
        }
        needs = nx.DiGraph()
        needs.add_nodes_from(self.stages)
        needs.add_edges_from((n, s.address) for s in self.stages.values() for n in s.needs)
        self._needs = needs
        self._order = list(nx.lexicographical_topological_sort(needs))

    def select(self, targets: Iterable[str] = ()) -> list[str]:
        """List the stages that `targets` ask for, with all they need, in an order that runs.

        A target is a case, a study (the prefix of its cases' names), a pipeline, a view, a source
        or an address; none means everything.
        """
        goals: set[str] = set()
        for target in targets:
            goals |= self._goals(target)
        wanted = goals.union(*(nx.ancestors(self._needs, goal) for goal in goals))
        return [address for address in self._order if address in wanted or not goals]

    def _goals(self, target: str) -> set[str]:
        if target in self.stages:
            return {target}
        names: dict[str, set[str]] = {}
        for verb in ("fetch", "featurize", "evaluate", "compare"):  # a case wins over a source
            for stage in self.stages.values():
                if stage.verb == verb:
                    names[stage.name] = {stage.address}
        for stage in self.stages.values():
            if stage.verb == "compare" and (study := stage.name.partition("_")[0]) != stage.name:
                names.setdefault(study, set()).add(stage.address)
        if target not in names:
            raise unknown("case, pipeline, view, source or stage", target, [*names, *self.stages])
        return names[target]

    def stale(
        self, addresses: Iterable[str] | None = None, force: Collection[str] = ()
    ) -> dict[str, list[str]]:
        """Tell which stages are out of date, in running order, each with its reasons."""
        wanted = self._order if addresses is None else list(addresses)
        with self._exclusive():
            reasons: dict[str, list[str]] = {}
            for address in wanted:
                before = sorted(need for need in self.stages[address].needs if need in reasons)
                made = [out for need in before for out in self.stages[need].outs]
                own = ["asked for"] if address in force else self._changes(address, ignore=made)
                if own or before:  # what never ran need not say what it waits for
                    after = [] if own == [NEVER_RUN] else [f"after {need}" for need in before]
                    reasons[address] = own + after
        return reasons

    def key(self, address: str) -> str:
        """Hash what the stage is made from: command, dependencies and parameters as they are."""
        with self._mutex:
            stage = self._stages[address]
            values = [self._values(dep) for dep in stage.params]
            content = [stage.cmd, self.inputs(address), values]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def inputs(self, address: str) -> dict[str, str]:
        """Give the DVC hash of every file and folder the stage depends on, by path."""
        with self._mutex:
            deps = [d for d in self._stages[address].deps if not isinstance(d, ParamsDependency)]
            return {dep.def_path: str(self._hash(dep)[1].value) for dep in deps}

    def provenance(self, address: str) -> Provenance:
        """Say what the stage is made from, and by which key MLflow has its pipeline's run."""
        stage = self.stages[address]
        trained = f"train@{stage.name}"
        return Provenance(
            key=self.key(address),
            run=self.key(trained if stage.verb == "evaluate" else address),
            inputs=self.inputs(address),
        )

    def start(self, address: str, force: bool = False) -> Literal["unchanged", "restored", "run"]:
        """Make a stage ready to run, once all it needs is done.

        Returns `unchanged` where nothing is to be done after all, `restored` where the run cache
        held the outputs, and `run` after the old outputs were removed: run the body, then `finish`.
        """
        stage = self._stages[address]
        with self._exclusive():
            if not force and not self._changes(address):
                return "unchanged"
            stage.remove_outs(ignore_remove=True, force=True)
            if not force:
                try:
                    self._repo.stage_cache.restore(stage)
                except RunCacheNotFoundError:
                    return "run"
                self._record(stage)
                return "restored"
            return "run"

    def finish(self, address: str) -> None:
        """Keep the outputs of a stage that ran, in DVC's cache and run cache; `flush` locks them.

        Raises:
            UserError: if an output is missing or the disk is full.
        """
        with self._exclusive():
            self._record(self._stages[address])

    def flush(self) -> None:
        """Write to dvc.lock what was finished or restored since the last call."""
        with self._exclusive():
            if self._finished:
                locked = self._locked()
                for stage in self._finished:
                    locked["stages"].update(to_lockfile(stage))
                self._write_lock(locked)
                self._finished.clear()

    def remove_orphans(self) -> list[str]:
        """Remove the outputs of stages that dvc.lock knows and dvc.yaml no longer has."""
        owned = [out for stage in self.stages.values() for out in stage.outs]
        with self._exclusive():
            locked = self._locked()
            gone = sorted(set(locked["stages"]) - set(self.stages))
            removed = []
            for address in gone:
                for out in (out["path"] for out in locked["stages"].pop(address).get("outs", [])):
                    if Path(out).exists() and not any(_overlap(out, other) for other in owned):
                        _remove(Path(out))
                        removed.append(out)
            if gone:
                self._write_lock(locked)
        return removed

    def collect_garbage(
        self, keep: Iterable[Mapping[str, Any]], dry: bool = False
    ) -> tuple[int, int]:
        """Remove from DVC's cache what neither the present dvc.lock nor those in `keep` name.

        Returns the files removed and their bytes; `dry` only counts. A cache outside of the
        project may be shared with others, and is left alone.
        """
        with self._exclusive():
            cache = self._repo.cache.local
            if not Path(cache.path).is_relative_to(self.root):
                return 0, 0
            used: set[str] = set()
            for lock in (self._locked(), *keep):
                for stage in lock.get("stages", {}).values():
                    for out in stage.get("outs", []):
                        used |= _contents(cache, out["md5"])
            unused = [oid for oid in cache.all() if oid not in used]
            paths = [Path(cache.oid_to_path(oid)) for oid in unused]
            size = sum(path.stat().st_size for path in paths)
            if not dry:
                self._forget_runs(set(unused))
                for path in paths:
                    path.unlink()
        return len(paths), size

    def _forget_runs(self, unused: set[str]) -> None:
        """Remove the entries of the run cache that could no longer be restored."""
        for path in Path(self._repo.stage_cache.cache_dir).glob("*/*/*"):
            outs = load_yaml(str(path)).get("outs", [])
            if any(out.get("md5") in unused for out in outs):
                path.unlink()
                if not any(path.parent.iterdir()):  # DVC trips over an empty folder
                    path.parent.rmdir()

    # What has changed

    def _changes(self, address: str, ignore: Sequence[str] = ()) -> list[str]:
        """List how the stage differs from its entry in dvc.lock, but for deps under `ignore`."""
        stage = self._stages[address]
        if not any(out.hash_info for out in stage.outs):
            known = any(dep.hash_info for dep in stage.deps)
            return ["its outputs are others in dvc.yaml now"] if known else [NEVER_RUN]
        found = ["command changed"] if stage.changed_stage() else []
        for dep in stage.deps:
            if isinstance(dep, ParamsDependency):
                found += _differences(dep.hash_info.value or {}, dep.read_params())
            elif any(_overlap(dep.def_path, path) for path in ignore):
                continue
            elif not dep.exists:
                found.append(f"{dep.def_path} is missing")
            elif not dep.hash_info:
                found.append(f"{dep.def_path} is a new dependency")
            elif self._hash(dep)[1] != dep.hash_info:
                found.append(f"{dep.def_path} changed")
        return found + self._damages(stage)

    def _damages(self, stage: PipelineStage) -> list[str]:
        found = []
        for out in stage.outs:
            if not out.exists:
                found.append(f"{out.def_path} is missing")
            elif self._hash(out)[1] != out.hash_info:
                found.append(f"{out.def_path} was changed by hand")
            elif out.changed_cache():
                found.append(f"{out.def_path} is not in the cache")
        return found

    def _hash(self, path: Any) -> tuple[Any, Any]:
        """Hash a dependency or output once; what a stage leaves is forgotten when it runs."""
        if path.def_path not in self._hashes:
            self._hashes[path.def_path] = type(path)._get_hash_meta(path)
        return self._hashes[path.def_path]

    def _values(self, dep: ParamsDependency, **_: Any) -> dict[str, Any]:
        """Look up the parameters a stage names, as DVC's own slower walk over the file would."""
        found = {}
        for name in dep.params:
            value: Any = self._parameters
            for key in name.split("."):
                value = value.get(key, _MISSING) if isinstance(value, dict) else _MISSING
            if value is not _MISSING:
                found[name] = value
        return found

    def _remember(self, stage: PipelineStage) -> None:
        """Have DVC's own code ask us: it hashes every dependency eight times a stage."""
        for dep in stage.deps:
            if isinstance(dep, ParamsDependency):
                dep.read_params = partial(self._values, dep)
            else:
                dep._get_hash_meta = partial(self._hash, dep)
        stage.save_deps = partial(self._fill_dependencies, stage)

    def _fill_dependencies(self, stage: PipelineStage, **_: Any) -> None:
        for dep in stage.deps:
            if isinstance(dep, ParamsDependency):
                dep.hash_info = dep.get_hash()
            else:
                dep.meta, dep.hash_info = self._hash(dep)

    # What is recorded

    def _record(self, stage: PipelineStage) -> None:
        """Do what `Stage.save` and `Stage.commit` do, but for dvc.lock."""
        for out in stage.outs:
            for path in [path for path in self._hashes if _overlap(path, out.def_path)]:
                del self._hashes[path]
        stage.save(run_cache=True)
        stage.commit()
        self._finished.append(stage)

    def _locked(self) -> dict[str, Any]:
        """Give dvc.lock as it is; only a file that someone else wrote meanwhile is read again."""
        lock = self._file._lockfile
        written = _modified(lock.path)
        if self._lock_read is None or self._lock_read[0] != written:
            content = (lock.load() if written else None) or {"schema": "2.0", "stages": {}}
            self._lock_read = written, content
        return self._lock_read[1]

    def _write_lock(self, content: dict[str, Any]) -> None:
        """Write dvc.lock as DVC does, by libyaml: forty times as fast."""
        path = self._file._lockfile.path
        with replacing(Path(path)) as part:
            part.write_text(
                yaml.dump(content, Dumper=_LockDumper, sort_keys=False, allow_unicode=True),
                encoding="utf-8",
            )
        self._lock_read = _modified(path), content

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Hold DVC's lock, waiting a while for a `dvc` command that holds it."""
        with self._mutex, _one_sentence():
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    self._repo.lock.lock()
                    break
                except LockError:
                    if time.monotonic() > deadline:
                        raise
            try:
                yield
            finally:
                self._repo.lock.unlock()


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


def _differences(before: dict[str, Any], now: dict[str, Any], path: str = "") -> list[str]:
    """Describe every changed parameter: `pipelines.churn-mlp.model.dropout: 0.2 → 0.5`."""
    found = []
    for key in [*before, *(key for key in now if key not in before)]:
        name = f"{path}.{key}" if path else key
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, name)
        elif key not in before:
            found.append(f"{name} is new: {new}")
        elif key not in now:
            found.append(f"{name} is gone, it was {old}")
        elif old != new:
            found.append(f"{name}: {old} → {new}")
    return found


class _LockDumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Write out what two stages share, as DVC does."""
        return True


_LockDumper.add_representer(OrderedDict, yaml.CSafeDumper.represent_dict)


def _contents(cache: HashFileDB, oid: str) -> set[str]:
    """Return the objects that an output's hash stands for: a folder's own, and its files'."""
    hash_info = HashInfo("md5", oid)
    if not hash_info.isdir or not cache.exists(oid):
        return {oid}
    return {oid} | {entry.value for *_, entry in Tree.load(cache, hash_info)}


def _overlap(one: str, other: str) -> bool:
    """Tell whether two paths are the same or one lies in the other."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _modified(path: str) -> int | None:
    return Path(path).stat().st_mtime_ns if Path(path).exists() else None


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what DVC says of a user's files into one sentence."""
    try:
        yield
    except LockError as error:
        raise UserError(
            "Another DVC command holds this project (.dvc/tmp/lock); wait until it is done."
        ) from error
    except DvcException as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        message = " ".join(f"{error}{cause}".split())
        hint = " Restore it with `git checkout dvc.lock`." if "dvc.lock" in message else ""
        raise UserError(f"{message}{hint}") from error
