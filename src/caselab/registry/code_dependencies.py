"""Which of our files a piece of code needs, and which packages of others, read without importing."""

import contextlib
import functools
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from caselab.imports.walk import imports, module_file
from caselab.params.signatures import PACKAGE

_PACKAGES = {
    "PIL": "pillow",
    "imblearn": "imbalanced-learn",
    "lightning_fabric": "pytorch-lightning",
    "pytorch_lightning": "pytorch-lightning",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""Well-known packages named otherwise than their module; to ask every package takes seconds."""


@dataclass(frozen=True)
class CodeDependencies:
    """What some modules come from, by way of all their imports."""

    files: frozenset[Path]
    """Of our package."""
    foreign: frozenset[str]
    """What is not ours and a line somewhere imports: `sklearn.pipeline`, or a name in a module."""
    at_once: frozenset[str]
    """Top names of those modules that importing ours brings in."""


def needed(modules: Iterable[str], package: Path = PACKAGE) -> CodeDependencies:
    """Walk the imports of modules of ours, such as `caselab.cases.churn`."""
    modules = list(modules)
    files, foreign = _walk(modules, package, lazily=True)
    _, at_once = _walk(modules, package, lazily=False)
    tops = {name.partition(".")[0] for name in at_once}
    return CodeDependencies(frozenset(files), frozenset(foreign), frozenset(tops))


def _walk(modules: Iterable[str], package: Path, lazily: bool) -> tuple[set[Path], set[str]]:
    """Return our files and the foreign names; `lazily` follows imports inside functions too."""
    files: set[Path] = set()
    foreign: set[str] = set()
    todo = list(modules)
    while todo:
        name = todo.pop()
        file = module_file(name, package)
        if file is None or file in files:
            continue
        files.add(file)
        todo.append(name.rpartition(".")[0])
        # Functions of the package's own __init__ are for notebooks.
        follow = lazily and file != package / "__init__.py"
        for imported, at_once in imports(file):
            if at_once or follow:
                is_ours = imported.partition(".")[0] == package.name
                todo += [imported] if is_ours else []
                foreign |= set() if is_ours else {imported}
    return files, foreign


def copy(code: CodeDependencies, folder: Path, package: Path = PACKAGE) -> Path:
    """Copy our files into `folder` and return the package there."""
    for file in code.files:
        target = folder / package.name / file.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder / package.name


def pins(modules: Iterable[str]) -> list[str]:
    """Return the packages that modules (`ruamel.yaml`) come from, with the versions in use."""
    foreign = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    return _pinned({package for name in foreign for package in _packages(name)})


def closure(pins: Iterable[str]) -> list[str]:
    """Return pins of packages, and of all that these require here, with the versions in use."""
    found: set[str] = set()
    todo: set[tuple[str, frozenset[str]]] = {(pin.partition("==")[0], frozenset()) for pin in pins}
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = asked = todo.pop()
        seen.add(asked)
        try:
            lines = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # somebody took it out, and it is not missed
        found.add(name)
        wanted = {Requirement(line) for line in lines}
        todo |= {
            (canonicalize_name(each.name), frozenset(each.extras))
            for each in wanted
            if each.marker is None or any(each.marker.evaluate({"extra": e}) for e in extras | {""})
        } - seen
    return _pinned(found)


def _pinned(packages: Iterable[str]) -> list[str]:
    """Pin packages, without the `+cpu` that names a build rather than a version."""
    named = sorted(canonicalize_name(package) for package in packages)
    return [f"{name}=={metadata.version(name).partition('+')[0]}" for name in named]


def _packages(module: str) -> set[str]:
    """Return the package that a module comes from; all of a shared name that do not tell."""
    parts = module.split(".")
    for name in (".".join(parts[: depth + 1]) for depth in range(len(parts))):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return {metadata.distribution(_PACKAGES.get(name, name)).name}
    owners = set(_owners()[parts[0]])
    begins = "/".join(parts)
    having = {owner for owner in owners if _has(owner, f"{begins}.", f"{begins}/__init__.")}
    return having or owners


@functools.cache
def _owners() -> Mapping[str, Sequence[str]]:
    """Return the packages behind every top name."""
    return metadata.packages_distributions()


def _has(package: str, *begins: str) -> bool:
    """Tell whether a file of a package begins like that."""
    return any(file.as_posix().startswith(begins) for file in metadata.files(package) or ())
