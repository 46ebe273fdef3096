"""The DAG with DVC's own objects: see what is stale and why, restore a stage or record it.

It uses DVC's inner calls (its minor version is pinned; tests/dag/test_dag.py holds it against
`dvc repro` itself). Why not DVC's own `reproduce`: stages run side by side in processes of ours,
params.yaml is parsed once and not once a stage, every path is hashed once, and dvc.lock is written
for many stages at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from dvc.dependency import ParamsDependency
from dvc.dvcfile import ProjectFile
from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc.stage.cache import RunCacheNotFoundError
from dvc.stage.loader import StageLoader
from dvc_data.hashfile.hash_info import HashInfo

from caselab.dag import damage, foresight, garbage, orphans, snapshot
from caselab.dag.foresight import Foresight
from caselab.dag.graph import NEVER_RUN, Graph
from caselab.dag.inputs import Inputs
from caselab.dag.loaded import Loaded
from caselab.dag.lock import Lock
from caselab.dag.locking import Locking
from caselab.dag.sentences import one_sentence
from caselab.dag.shape import shape
from caselab.dag.staleness import changes
from caselab.errors import UserError
from caselab.params import nesting
from caselab.stages import Provenance
from caselab.storage import unfinished
from caselab.storage.files import is_full

for _name in ("dvc", "dvc_data", "dvc_objects"):
    # Above ERROR, or they draw progress bars into the terminal, which belongs to who calls us.
    logging.getLogger(_name).setLevel(logging.CRITICAL)

Start = Literal["unchanged", "restored", "written", "run"]


class OpenDag:
    """Load the stages of dvc.yaml, and what params.yaml and dvc.lock say of them.

    Methods may be called from several threads.

    Raises:
        UserError: if one of the three files cannot be read.
    """

    def __init__(self, root: Path, overrides: Sequence[str] = ()) -> None:
        self.root = root
        self._finished: list[PipelineStage] = []
        for name in ("params.yaml", "dvc.yaml"):  # before DVC reads them
            nesting.check_file(self.root / name)
        self._inputs = Inputs(self.root, overrides)
        self._looked_ahead = False
        self._foresight = Foresight(root, overrides)
        self.shape = shape(root, self._inputs.parameters)
        with one_sentence():
            self._repo = Repo(str(self.root))
            self._repo.stage_cache = damage.RunCache(self._repo)
            self._locking = Locking(self._repo)
            file = ProjectFile(self._repo, "dvc.yaml")
            self._lock = Lock(file)
            self._stages = Loaded(self._repo, file, self._inputs.serve)
            known = snapshot.stages(root, self.shape)
            self.graph = Graph(self._stages.all() if known is None else known)
        self.stages = self.graph.stages
        self._owned = orphans.Owned(self.stages)

    def stale(self, addresses: Iterable[str], force: Collection[str] = ()) -> dict[str, list[str]]:
        """Tell which stages are out of date, in the order given, each with its reasons."""
        with self._locking.exclusive():
            self._look_ahead()
            reasons: dict[str, list[str]] = {}
            for address in addresses:
                needs = self.stages[address].needs - {foresight.STAGE}
                before = sorted(need for need in needs if need in reasons)
                made = [out for need in before for out in self.stages[need].outs]
                own = ["asked for"] if address in force else self._changes(address, made)
                if own or before:  # what never ran need not say what it waits for
                    after = [] if own == [NEVER_RUN] else [f"after {need}" for need in before]
                    reasons[address] = own + after
        return reasons

    @property
    def is_unread(self) -> bool:
        """Whether no file or folder has been hashed yet."""
        return self._inputs.is_empty

    @property
    def cache(self) -> Path:
        """The folder of DVC's cache."""
        return Path(self._repo.cache.local.path)

    def tell_of_waiting(self, on_wait: Callable[[str], bool]) -> None:
        """Have `on_wait` hear, again and again, which other DVC command is waited for.

        Where it returns False, nobody waits on. Without it, nobody waits longer than a minute.
        """
        self._locking.on_wait = on_wait

    def key(self, address: str) -> str:
        """Hash what the stage is made from: command, dependencies and parameters as they are."""
        with self._locking.mutex:
            self._look_ahead()
            return self._inputs.key(self._stages[address])

    def provenance(self, address: str) -> Provenance:
        """Say what the stage is made from, and by which key MLflow has its pipeline's run."""
        with self._locking.mutex:
            self._look_ahead()
            return _provenance(self._inputs, address, self._stages)

    def start(self, address: str, force: bool = False) -> Start:
        """Make a stage ready to run, once all it needs is done.

        Returns `unchanged` where nothing is to be done after all, `restored` where the run cache
        held the outputs, `written` where they were foreseen, and `run` after the old outputs were
        removed: run the body, then `finish`.

        Raises:
            UserError: a file that no stage makes is missing, or the disk is full.
        """
        stage = self._stages[address]
        return self._locking.when_free(lambda: self._start(stage, force))

    def finish(self, address: str) -> None:
        """Keep the outputs of a stage that ran, in DVC's cache and run cache; `flush` locks them.

        Raises:
            UserError: if an output is missing or the disk is full.
        """
        self._locking.when_free(lambda: self._finish(self._stages[address]))

    def flush(self) -> None:
        """Write to dvc.lock what was finished or restored since the last call."""
        with self._locking.exclusive():
            if self._finished:
                self._lock.record(self._finished)
                self._finished.clear()

    def remove_orphans(self) -> list[str]:
        """Remove the outputs of stages that dvc.lock knows and dvc.yaml no longer has."""
        with self._locking.exclusive():
            locked = self._lock.read()["stages"]
            gone = sorted(locked.keys() - self.stages.keys())
            removed = self._owned.lost(locked[address] for address in gone)
            for out in removed:
                unfinished.remove(Path(out))
                self._inputs.forget(out)
            if gone:
                self._lock.drop(gone)
        return removed

    def set_strays_aside(self) -> dict[str, Path]:
        """Move away what no stage makes from where a stage would take it in; return where to."""
        with self._locking.exclusive():
            moved = {}
            for stage in self.stages.values():
                for stray in list(self._owned.strays(stage)):
                    moved[stray] = orphans.set_aside(stray)
                    self._inputs.forget(stray)
        return moved

    def collect_garbage(
        self, keep: Iterable[Mapping[str, Any]], dry: bool = False
    ) -> tuple[int, int]:
        """Remove from DVC's cache what neither the present dvc.lock nor those in `keep` name.

        Returns the files removed and their bytes; `dry` only counts. A cache outside of the
        project may be shared with others, and is left alone.
        """
        with self._locking.exclusive():
            if not self.cache.is_relative_to(self.root):
                return 0, 0
            return garbage.collect(self._repo, (self._lock.read(), *keep), dry)

    def verify(self) -> damage.Damages:
        """Read the whole of DVC's cache, and remove what is not what it is named by."""
        with self._locking.exclusive():
            listed = damage.listing(self._repo)
        return damage.sweep(listed)  # others need not wait: objects never change

    def _look_ahead(self) -> None:
        """After an edit, see what `imports` will leave; so none but those it concerns are stale."""
        if self._looked_ahead or foresight.STAGE not in self.stages:
            return
        self._looked_ahead = True
        if self._changes(foresight.STAGE):
            place = self.stages[foresight.STAGE].outs[0]
            seen = self._foresight.look()
            self._inputs.foresee({f"{place}/{path}": text for path, text in seen.items()})

    def _changes(self, address: str, ignore: Sequence[str] = ()) -> list[str]:
        found = changes(self._stages[address], self._inputs, ignore)
        if found != [NEVER_RUN]:
            found += [f"{path} is no stage's" for path in self._owned.strays(self.stages[address])]
        return found

    def _start(self, stage: PipelineStage, force: bool) -> Start:
        self._refuse_without_source(stage)
        if not force and not self._changes(stage.addressing):
            return "unchanged"
        if stage.addressing == foresight.STAGE and self._foresight:
            self._foresight.write()
            self._save(stage)
            self._commit(stage)
            return "written"
        stage.remove_outs(ignore_remove=True, force=True)
        if force or not self._restored(stage):
            for out in stage.outs:
                # Or DVC would take them, should the stage fail and be tried again, for what the
                # inputs make that it has noted meanwhile.
                out.hash_info, out.obj = HashInfo(), None
            return "run"
        self._save(stage)
        self._commit(stage)
        return "restored"

    def _restored(self, stage: PipelineStage) -> bool:
        try:
            self._repo.stage_cache.restore(stage)
        except RunCacheNotFoundError:
            return False
        return True

    def _finish(self, stage: PipelineStage) -> None:
        self._save(stage)
        for out in stage.outs:
            damage.drop(out)
        self._commit(stage)

    def _save(self, stage: PipelineStage) -> None:
        for out in stage.outs:
            self._inputs.forget(out.def_path)
        stage.save(
            run_cache=stage.addressing != foresight.STAGE
        )  # whose entry is longer than its work

    def _commit(self, stage: PipelineStage) -> None:
        stage.commit()
        if lost := [out.def_path for out in stage.outs if out.changed_cache()]:
            # DVC says nothing of a file it cannot write
            full = is_full(self.cache)
            why = "the disk is full; free some space" if full else "look at that disk"
            damage.remove_parts(self.cache)
            raise UserError(f"Cannot write {lost[0]} to {self.cache}: {why}, then start again.")
        self._finished.append(stage)

    def _refuse_without_source(self, stage: PipelineStage) -> None:
        for dep in stage.deps:
            if isinstance(dep, ParamsDependency) or dep.exists:
                continue
            kept = f"{dep.def_path}.dvc"
            mend = "put it back, or name another in params.yaml"
            if Path(dep.fs_path + ".dvc").exists():
                mend = (
                    f"bring it with `dvc checkout {kept}`, or from a remote with `dvc pull {kept}`"
                )
            raise UserError(f"{stage.addressing} needs {dep.def_path}, which is missing; {mend}.")


def provenance(address: str) -> Provenance:
    """Say what one stage of the current folder's project is made from, without the rest of the DAG.

    For a process that runs this stage alone. `Dag.provenance` says the same.
    """
    inputs = Inputs(Path().resolve())
    with one_sentence():
        file = ProjectFile(Repo(str(Path().resolve())), "dvc.yaml")
        return _provenance(inputs, address, StageLoader(file, file.contents))


def _provenance(inputs: Inputs, address: str, stages: Mapping[str, PipelineStage]) -> Provenance:
    verb, _, name = address.partition("@")
    trained = f"train@{name}" if verb == "evaluate" else address
    stage = stages[address]
    return Provenance(
        key=inputs.key(stage), run=inputs.key(stages[trained]), inputs=inputs.of(stage)
    )
