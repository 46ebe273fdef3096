"""Which of our files a piece of code needs, and which packages of others, read without importing."""

import ast
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

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
class Code:
    """What some modules come from, by way of all their imports."""

    files: frozenset[Path]
    """Of our package."""
    foreign: frozenset[str]
    """Top names of modules that are not ours and that a line somewhere imports."""
    at_once: frozenset[str]
    """Those of them that importing the modules brings in."""


def needed(modules: Iterable[str], package: Path = PACKAGE) -> Code:
    """Walk the imports of modules of ours, such as `caselab.cases.churn`."""
    modules = list(modules)
    files, foreign = _walk(modules, package, lazily=True)
    _, at_once = _walk(modules, package, lazily=False)
    return Code(frozenset(files), frozenset(foreign), frozenset(at_once))


def _walk(modules: Iterable[str], package: Path, lazily: bool) -> tuple[set[Path], set[str]]:
    """Return our files and the foreign names; `lazily` follows imports inside functions too."""
    files: set[Path] = set()
    foreign: set[str] = set()
    todo = list(modules)
    while todo:
        name = todo.pop()
        file = _file(name, package)
        if file is None or file in files:
            continue
        files.add(file)
        todo.append(name.rpartition(".")[0])
        # Functions of the package's own __init__ are for notebooks.
        follow = lazily and file != package / "__init__.py"
        for imported, at_once in _imports(file):
            if at_once or follow:
                top = imported.partition(".")[0]
                todo += [imported] if top == package.name else []
                foreign |= {top} - {package.name}
    return files, foreign


def copy(code: Code, folder: Path, package: Path = PACKAGE) -> Path:
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


def _file(name: str, package: Path) -> Path | None:
    """Return the file of a module of ours; None for a name inside a module, or of another's."""
    top, *rest = name.split(".")
    if top != package.name:
        return None
    path = package.joinpath(*rest)
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return file
    return None


def _imports(file: Path) -> Iterator[tuple[str, bool]]:
    """Give every name that is imported, and whether importing the file imports it."""
    todo: list[tuple[ast.AST, bool]] = [(ast.parse(file.read_text(encoding="utf-8")), True)]
    while todo:
        node, at_once = todo.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, at_once
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, at_once
            for alias in node.names:
                yield f"{node.module}.{alias.name}", at_once
        inside = at_once and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        body = node.orelse if isinstance(node, ast.If) and is_for_types else None
        children = ast.iter_child_nodes(node) if body is None else body
        todo += [(child, inside) for child in children]
