"""Which of our files a piece of code needs, and which packages of others, read without importing."""

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

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
    """Top names of modules that are not ours and that a line somewhere imports."""
    at_once: frozenset[str]
    """Those of them that importing the modules brings in."""


def needed(modules: Iterable[str], package: Path = PACKAGE) -> CodeDependencies:
    """Walk the imports of modules of ours, such as `caselab.cases.churn`."""
    modules = list(modules)
    files, foreign = _walk(modules, package, lazily=True)
    _, at_once = _walk(modules, package, lazily=False)
    return CodeDependencies(frozenset(files), frozenset(foreign), frozenset(at_once))


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
                top = imported.partition(".")[0]
                todo += [imported] if top == package.name else []
                foreign |= {top} - {package.name}
    return files, foreign


def copy(code: CodeDependencies, folder: Path, package: Path = PACKAGE) -> Path:
    """Copy our files into `folder` and return the package there."""
    for file in code.files:
        target = folder / package.name / file.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder / package.name


def pins(modules: Iterable[str]) -> list[str]:
    """Return the packages that top names of modules come from, with the versions in use."""
    packages = {_package(name) for name in modules if name not in sys.stdlib_module_names}
    return sorted(f"{p}=={metadata.version(p).partition('+')[0]}" for p in packages)


def _package(module: str) -> str:
    name = _PACKAGES.get(module, module)
    try:
        return metadata.distribution(name).name
    except metadata.PackageNotFoundError:
        return metadata.packages_distributions()[module][0]
