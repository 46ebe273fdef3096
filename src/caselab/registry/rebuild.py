"""Make a registered version again, from its commit and its dvc.lock, and compare the bytes."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import yaml

from caselab.errors import UserError
from caselab.project import addresses, dvc_lock, git, places, programs
from caselab.registry import digests, lineage, packaging, refit, versions
from caselab.registry.versions import Version


@dataclass(frozen=True)
class Rebuilt:
    """A version made again."""

    version: Version
    folder: Path
    """The project's checkout it was made in."""
    differing: Mapping[str, tuple[str | None, str | None]]
    """MD5 as registered and as made now, of each file of the model that differs."""
    packages: Mapping[str, tuple[str, str | None]]
    """Version as registered and as installed, of each package that differs."""

    @property
    def equal(self) -> bool:
        """Whether every byte of the model is the same."""
        return not self.differing


def rebuild(case: str, version: int | str = versions.CHAMPION, into: Path | None = None) -> Rebuilt:
    """Check out the version's commit into a new folder, run its stages there, compare the model.

    The raw data, and what users brought, come from DVC's cache where it has them, else from their
    source. Everything after them is made again.

    Raises:
        UserError: the version or its commit is not known here, its files are not those that were
            registered, `into` exists, or a stage fails.
    """
    each = versions.version(case, version)
    registered = digests.checked(each)
    into = (into or places.rebuilt(case, each.number)).absolute()
    root = _check_out(each, registered / "artifacts" / lineage.FOLDER, into)
    _repeat(each, root)
    folders = {each.pipeline: root / places.model(case, each.pipeline)}
    if refit.TAG in each.tags:
        folders[refit.FOLDER] = root / places.refitted(each.pipeline)
    before = _hashes({name: registered / "artifacts" / name for name in folders})
    after = _hashes(folders)
    return Rebuilt(
        version=each,
        folder=root,
        differing={
            name: (before.get(name), after.get(name))
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        },
        packages=_other_packages(packaging.pins(registered)),
    )


def _check_out(each: Version, lineage: Path, into: Path) -> Path:
    """Clone the project at the version's commit, with what was not committed then."""
    commit = each.tags.get("caselab.git_commit")
    if not commit:
        raise UserError(f"Version {each.number} of {each.case} was registered without a commit.")
    if into.exists():
        raise UserError(f"{into} exists already; remove it, or name another folder.")
    here = git.root()
    if here is None or not git.has(commit):
        raise UserError(
            f"The commit {commit[:12]} of version {each.number} is not in this repository; "
            "fetch it with `git fetch --all`."
        )
    top, inside = here
    into.parent.mkdir(parents=True, exist_ok=True)
    _run(["git", "clone", "--quiet", "--no-checkout", str(top), str(into)], into.parent)
    _run(["git", "checkout", "--quiet", "--detach", commit], into)
    if (patch := lineage / "uncommitted.patch").exists():
        _run(["git", "apply", "--whitespace=nowarn", str(patch.absolute())], into)
    lock = yaml.safe_load((lineage / "dvc.lock").read_text(encoding="utf-8"))
    # Of all else DVC would restore the output instead of making it again.
    fetched = {a: entry for a, entry in lock["stages"].items() if a.startswith("fetch@")}
    text = yaml.safe_dump(lock | {"stages": fetched}, sort_keys=False)
    (into / inside / "dvc.lock").write_text(text, encoding="utf-8")
    return into / inside


def _repeat(each: Version, root: Path) -> None:
    """Run the stages up to the model, with the checkout's code and DVC's cache of here."""
    dvc = [sys.executable, "-m", "dvc"]
    cache = _run([*dvc, "cache", "dir"], Path()).strip()
    _run([*dvc, "cache", "dir", "--local", cache], root)
    environment = {
        "CASELAB_TRACKING": "off",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(root / "src"),
    }
    brought = [str(file.relative_to(root)) for file in root.rglob("*.dvc") if file.is_file()]
    for wanted in (*brought, *dvc_lock.read(root / "dvc.lock")):
        _run([*dvc, "checkout", "--quiet", wanted], root, environment, must=False)
    target = addresses.leaving("train", each.pipeline)
    _run([*dvc, "repro", "--no-run-cache", target], root, environment)
    if refit.TAG in each.tags:
        again = refit.command(each.pipeline, root / places.refitted(each.pipeline))
        _run(again, root, environment)


def _hashes(folders: Mapping[str, Path]) -> dict[str, str]:
    """Return the MD5 of every file of some folders; those of the first go by their plain names."""
    first = next(iter(folders))
    return {
        (file if name == first else f"{name}/{file}"): digest
        for name, folder in folders.items()
        for file, digest in dvc_lock.file_hashes(folder).items()
    }


def _run(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    must: bool = True,
) -> str:
    """Run a command in a folder and return what it prints."""
    code, printed = programs.run(command, folder, environment)
    if must and code:
        log = folder / "rebuild.log"
        log.write_text(printed, encoding="utf-8")
        why = programs.last_line(printed)
        raise UserError(f"`{' '.join(command)}` failed ({why}); all it said is in {log}.")
    return printed


def _other_packages(pins: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """Return the packages that a version was registered with and that are not installed here so."""
    found: dict[str, tuple[str, str | None]] = {}
    for pin in pins:
        name, _, wanted = pin.partition("==")
        try:
            here = metadata.version(name).partition("+")[0]
        except metadata.PackageNotFoundError:
            found[name] = (wanted, None)
            continue
        if here != wanted:
            found[name] = (wanted, here)
    return found
