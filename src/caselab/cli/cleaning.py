"""clean: remove old cached results, checkpoints and runs, never what a registered version names."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from caselab import numbers
from caselab.cli import tables
from caselab.dag import Dag
from caselab.numbers import counted
from caselab.project import places
from caselab.project.locks import no_run
from caselab.registry import lineage, versions
from caselab.storage import unfinished
from caselab.tracking import run_removal


def clean(keep: int, dry: bool) -> None:
    """Keep what the newest `keep` commits of dvc.lock name, and `keep` runs and searches a pipeline."""
    with ExitStack() as held:
        for folder in {Path().resolve(), *worktrees()}:
            held.enter_context(no_run(folder, "clean"))  # not while one is at work
        registered = versions.of_all_cases()
        dag = Dag()
        needed = [*committed_locks(keep), *checked_out_locks()]
        needed += [
            _lock(file.read_text(encoding="utf-8")) for file in lineage.dvc_locks(registered)
        ]
        files, size = dag.opened.collect_garbage(needed, dry)
        checkpoints, searches = old_checkpoints(dag), old_searches(keep)
        strays = [path for path in places.strays().rglob("*") if path.is_file()]
        if not dry:
            for folder in (*checkpoints, *searches):
                shutil.rmtree(folder)
            shutil.rmtree(places.strays(), ignore_errors=True)
            unfinished.remove_left_behind()
        runs = run_removal.remove(keep, {version.run_id for version in registered}, dry)
    console = tables.console()
    console.print("Would remove:" if dry else "Removed:")
    console.print(f"  {counted(files, 'file')} of DVC's cache, {numbers.size(size)}")
    console.print(f"  {counted(len(checkpoints), 'checkpoint')}")
    if searches:
        console.print(f"  {len(searches)} of the searches of `caselab tune`")
    console.print(f"  {counted(runs, 'run')}")
    if strays:
        found = counted(len(strays), "file")
        console.print(f"  {found} in {places.strays()}, which lay among outputs")


def committed_locks(keep: int) -> list[Mapping[str, Any]]:
    """Return dvc.lock as the newest `keep` commits on any branch that changed it have it."""
    commits = _git("log", "--all", f"--max-count={keep}", "--format=%H", "--", "dvc.lock").split()
    return [_lock(_git("show", f"{commit}:./dvc.lock")) for commit in commits]


def checked_out_locks() -> list[Mapping[str, Any]]:
    """Return dvc.lock of every worktree: a schedule's checkout shares the cache."""
    files = [worktree / "dvc.lock" for worktree in worktrees()]
    return [_lock(file.read_text(encoding="utf-8")) for file in files if file.exists()]


def worktrees() -> list[Path]:
    """Return the folders of this project where Git has checked its repository out."""
    inside = _git("rev-parse", "--show-prefix").strip()
    lines = _git("worktree", "list", "--porcelain").splitlines()
    folders = [Path(line[9:], inside) for line in lines if line.startswith("worktree ")]
    return [folder for folder in folders if folder.is_dir()]


def old_checkpoints(dag: Dag) -> list[Path]:
    """Return the folders of checkpoints from which no training could go on any more."""
    current = {
        places.checkpoints(dag.opened.key(address))
        for address, stage in dag.stages.items()
        if stage.verb == "train" and all(Path(dep).exists() for dep in stage.deps)  # has a key
    }
    folders = places.checkpoints("any").parent.glob("*")
    return sorted(folder for folder in folders if folder not in current)


def old_searches(keep: int) -> list[Path]:
    """Return the folders of all but the newest `keep` searches of each pipeline's settings."""
    folders = [folder for folder in places.searches().glob("*") if folder.is_dir()]
    seen: Counter[str] = Counter()
    old = []
    for folder in sorted(folders, key=lambda each: each.stat().st_mtime, reverse=True):
        pipeline = folder.name.rsplit("-", 2)[0]
        seen[pipeline] += 1
        if seen[pipeline] > keep:
            old.append(folder)
    return old


def _lock(text: str) -> Mapping[str, Any]:
    """Return a dvc.lock as data; one that cannot be read names nothing that could be restored."""
    try:
        content = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError:
        return {}
    return content if isinstance(content, dict) else {}


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""
