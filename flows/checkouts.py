"""A checkout of its own for each schedule, so that a run touches nothing that someone is editing.

It is a Git worktree in .caselab/checkouts/<schedule> on the branch caselab/<schedule>. It shares
DVC's cache and remotes and MLflow's store with the project; its dvc.lock ends as a commit on its
branch, to be had by `git merge caselab/<schedule>`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import yaml

from caselab import params as parameters
from caselab.errors import UserError
from caselab.project import git, places
from caselab.tracking import store

LEFT = ("dvc.lock", "params.yaml")
"""What a scheduled run commits."""


def committed() -> str:
    """Return the commit the project stands on.

    Raises:
        UserError: if there is none yet.
    """
    commit = git.commit()
    if commit is None:
        raise UserError(
            "A schedule runs what is committed, and nothing is yet: `git add .` and `git commit`."
        )
    return commit


def committed_schedules() -> frozenset[str]:
    """Return the names of the schedules in the params.yaml of that commit."""
    content = yaml.safe_load(_git("show", f"{committed()}:./params.yaml")) or {}
    return frozenset(content.get("schedules") or {})


def branch(schedule: str) -> str:
    """Return the branch on which a schedule leaves its results."""
    return f"caselab/{schedule}"


def refresh(schedule: str) -> Path:
    """Bring the checkout of a schedule to the commit the project stands on; return its folder.

    Raises:
        UserError: if there is no commit yet.
    """
    commit = committed()
    tree = places.checkout(schedule).absolute()
    _git("worktree", "prune")
    recorded = _recorded(schedule)
    if tree.exists():
        _git("checkout", "--quiet", "--force", "-B", branch(schedule), commit, folder=tree)
    else:
        _git("worktree", "add", "--quiet", "--force", "-B", branch(schedule), str(tree), commit)
    folder = tree / _git("rev-parse", "--show-prefix")  # a project may lie deep in its repository
    if recorded is not None:
        (folder / "dvc.lock").write_text(recorded, encoding="utf-8")
    _share_cache(folder)
    for ours in places.shared():
        ours.mkdir(parents=True, exist_ok=True)
        _link(folder / ours, ours)
    for source in parameters.load().sources.values():  # the user's own, where Git does not keep it
        _link(folder / source.origin, Path(source.origin))
    return folder


def of_retraining(case: str) -> str:
    """Return what the checkout is called in which a case is retrained, as a schedule's is by its name."""
    return f"retrain-{case}"


def remove_all_but(schedules: Collection[str]) -> list[str]:
    """Remove the checkouts of schedules that are no more, and their branches if they are merged.

    Returns the branches that stay, because they hold what nobody has merged.
    """
    _git("worktree", "prune")
    for folder in sorted(places.checkout("any").parent.glob("*")):
        if folder.name not in schedules:
            _git("worktree", "remove", "--force", "--force", str(folder.absolute()))
    names = _git("branch", "--list", branch("*"), "--format=%(refname:short)").splitlines()
    gone = [name for name in names if name.removeprefix(branch("")) not in schedules]
    unmerged = set(_git("branch", "--no-merged", "HEAD", "--format=%(refname:short)").splitlines())
    for name in gone:
        if name not in unmerged:
            _git("branch", "--quiet", "-D", name)
    return [name for name in gone if name in unmerged]


def environment(folder: Path) -> Mapping[str, str]:
    """Return the environment in which a checkout's own code runs, with the project's MLflow store."""
    path = [str(folder / "src"), str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    ours = {
        k: v for k, v in os.environ.items() if not k.startswith("PREFECT__")
    }  # of this flow run
    return ours | {
        "PYTHONPATH": os.pathsep.join(path),
        store.ADDRESS: store.uri(),
        store.ARTIFACTS: store.artifacts_root(),
        "CASELAB_KEEP_UP": "0",  # nobody waits for the next one
    }


def keep(folder: Path, message: str, also: Sequence[str] = ()) -> bool:
    """Commit what a run leaves of a checkout's own files; tell whether there was anything new.

    That is dvc.lock, and params.yaml where settings were tuned; and what `also` names.
    """
    files = [name for name in (*LEFT, *also) if (folder / name).exists()]
    if not files:
        return False
    _git("add", *files, folder=folder)
    if not _git("status", "--porcelain", "--", *files, folder=folder):
        return False
    who = ("-c", "user.name=caselab", "-c", "user.email=caselab@localhost")
    _git(*who, "commit", "--quiet", "--no-verify", "-m", message, folder=folder)
    return True


def hold(schedule: str, name: str) -> None:
    """Keep what a checkout's branch holds under a name for good, as the next `refresh` resets the branch.

    A champion can be made again only from the commit that it names.
    """
    _git("update-ref", f"refs/caselab/{name}", branch(schedule))


def call(
    arguments: Sequence[str], folder: Path, say: Callable[[str], None]
) -> tuple[int, list[str]]:
    """Return the exit code of a module that runs in a checkout, and its lines, said as they come.

    It ends with us, however we end; a module that takes --while-stdin does so in order.
    """
    say(f"python -m {' '.join(arguments)} in {folder}")
    ending = [] if "--while-stdin" in arguments else ["flows.while_stdin"]
    command = [sys.executable, "-m", *ending, *arguments]
    lines = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.PIPE,  # closes when we end, were it by kill -9
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip())
                say(lines[-1])
        except BaseException:  # Prefect, or Ctrl-C, ends us
            process.terminate()
            raise
    return process.returncode, lines


def _recorded(schedule: str) -> str | None:
    """Return the dvc.lock that earlier runs left on the schedule's branch and nobody has merged.

    It says what came of which inputs, which is as true on the project's new commit: without it each
    run would do again what the last one did.
    """
    ours = _git("branch", "--list", branch(schedule), "--no-merged", "HEAD")
    return _git("show", f"{branch(schedule)}:./dvc.lock") + "\n" if ours else None


def _share_cache(folder: Path) -> None:
    """Point the checkout's DVC to the project's cache; its remotes and their keys come along."""
    local = Path(".dvc/config.local")
    if local.exists():
        shutil.copy(local, folder / local)
    cache = _run([sys.executable, "-m", "dvc", "cache", "dir"], Path())
    _run([sys.executable, "-m", "dvc", "cache", "dir", "--local", cache], folder)


def _link(theirs: Path, ours: Path) -> None:
    """Lend the checkout what the project has and Git has not."""
    if ours.exists() and not theirs.exists():
        theirs.parent.mkdir(parents=True, exist_ok=True)
        theirs.symlink_to(ours.absolute())


def _git(*arguments: str, folder: Path = Path()) -> str:
    return _run(["git", *arguments], folder)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"`{' '.join(command)}` failed in {folder}: {done.stderr.strip()}")
    return done.stdout.strip()
