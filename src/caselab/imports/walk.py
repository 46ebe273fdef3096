"""From a module to every file of its package that importing or running it may read."""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

from caselab.params.signatures import module


class Walk:
    """The imports of a package (`src/caselab`), each file read once.

    Imports inside functions count, those under `if TYPE_CHECKING` do not; a module brings the
    `__init__` of every package it lies in. `exempt` modules, with all in them, are not walked into,
    and neither is the package's own `__init__`. `imported` tells what a file imports, where that is
    known already.
    """

    def __init__(
        self,
        package: Path,
        exempt: Collection[str] = (),
        imported: Callable[[Path], Iterable[str]] | None = None,
    ) -> None:
        self._package = package
        self._exempt = frozenset(exempt)
        self._imported = imported or self._parsed
        self._along = cache(self._walked_along)
        self._direct: dict[Path, frozenset[Path]] = {}
        self._reached: dict[frozenset[Path], frozenset[Path]] = {}

    def files(self, modules: Iterable[str]) -> frozenset[Path]:
        """Return the files of the modules (`caselab.cases.churn`) and of all that they import."""
        first = frozenset(file for name in modules for file in self._along(name))
        if first not in self._reached:
            self._reached[first] = self._walked(first)
        return self._reached[first]

    def _walked(self, first: Collection[Path]) -> frozenset[Path]:
        todo, found = set(first), set[Path]()
        while todo:
            file = todo.pop()
            found.add(file)
            if file not in self._direct:
                self._direct[file] = frozenset(
                    each for name in self._imported(file) for each in self._along(name)
                )
            todo |= self._direct[file] - found
        return frozenset(found)

    def _parsed(self, file: Path) -> Iterator[str]:
        place = file.relative_to(self._package.parent).parent.parts
        return (name for name, _ in imports(file, ".".join(place)))

    def _walked_along(self, name: str) -> list[Path]:
        """Return what `import name` runs: the module, and the packages above it."""
        parts, found = name.split("."), list[Path]()
        for depth in range(2, len(parts) + 1):
            above = ".".join(parts[:depth])
            if above in self._exempt or (file := module_file(above, self._package)) is None:
                break
            found.append(file)
        return found


def module_file(name: str, package: Path) -> Path | None:
    """Return the file of a module of the package; None for a name inside one, or of another's."""
    top, *rest = name.split(".")
    if top != package.name:
        return None
    path = package.joinpath(*rest)
    files = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


def imports(file: Path, package: str = "") -> Iterator[tuple[str, bool]]:
    """Yield every name a file imports, and whether importing the file imports it at once.

    `from a import b` gives `a` and `a.b`, for b may be a module. A dot at the beginning stands for
    `package`. A file that is no Python imports nothing: whoever runs it is told.
    """
    try:
        tree = module(file).tree
    except (SyntaxError, ValueError):
        return
    yield from _statements(tree, package)


def _statements(tree: ast.Module, package: str) -> Iterator[tuple[str, bool]]:
    todo: list[tuple[ast.AST, bool]] = [(tree, True)]
    while todo:
        node, at_once = todo.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, at_once
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, package)
            yield source, at_once
            for alias in node.names:
                yield f"{source}.{alias.name}", at_once
        inside = at_once and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        # Only statements hold imports, and only these fields hold statements.
        for field in ("body", "handlers", "orelse", "finalbody", "cases"):
            if not (is_for_types and field == "body"):
                todo += [(child, inside) for child in getattr(node, field, ())]


def _source(node: ast.ImportFrom, package: str) -> str:
    """Return the module that `from … import` names, in full."""
    if not node.level:
        return str(node.module)
    above = package.split(".")[: len(package.split(".")) + 1 - node.level]
    return ".".join([*above, *([node.module] if node.module else [])])
