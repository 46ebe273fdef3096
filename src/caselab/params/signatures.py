"""What a public function or dataclass takes, read from its file without importing it.

An architecture's file imports torch or xgboost; checking params.yaml must not. So the signature is
read with `ast`, and an annotation is evaluated where only typing, pydantic and annotated_types are
known, what a search may try (search.py), and constants of the file itself or of another file of
this package that it imports.
"""

import ast
import builtins
import functools
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import annotated_types
import pydantic

from caselab.params.search import Between, OneOf, Search

PACKAGE = Path(__file__).parents[1]
"""The folder of caselab's own code."""

BLEND = "blend"
"""What stands in the place of an architecture where pipelines are blended."""

FINITE = pydantic.ConfigDict(allow_inf_nan=False)
BLOCK = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)


_ABSENT = object()


@dataclass(frozen=True)
class Argument:
    """One keyword argument."""

    annotation: ast.expr | None
    default: ast.expr | None

    @property
    def required(self) -> bool:
        """Tell whether there is no default."""
        return self.default is None


class Signature:
    """The keyword arguments of a function, or the fields of a dataclass."""

    def __init__(self, module: "Module", arguments: dict[str, Argument], is_open: bool):
        self.module = module
        self.arguments = arguments
        self.is_open = is_open
        """It takes `**further` keyword arguments."""
        self._types: dict[str, pydantic.TypeAdapter[Any]] = {}

    def flat(self) -> dict[str, Argument]:
        """Return the arguments by dotted name: `augmentation.flip` for the field of a dataclass."""
        found: dict[str, Argument] = {}
        for name, argument in self.arguments.items():
            block = argument.annotation
            if isinstance(block, ast.Name) and block.id in self.module.dataclasses:
                inner = self.module.signature(block.id).flat()
                found |= {f"{name}.{field}": each for field, each in inner.items()}
            else:
                found[name] = argument
        return found

    def flattened(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is given for the arguments by dotted name."""
        found = {}
        for name in self.flat():
            value: Any = given
            for key in name.split("."):
                value = value.get(key, _ABSENT) if isinstance(value, Mapping) else _ABSENT
            if value is not _ABSENT:
                found[name] = value
        return found | {name: given[name] for name in given if name not in self.arguments}

    def searched(self, name: str) -> Search | None:
        """Return what a search tries of the argument `name`, None where it has no say."""
        annotation = self.arguments[name].annotation
        kind = None if annotation is None else self.module.evaluate(annotation)
        said = getattr(kind, "__metadata__", ())
        return next((each for each in said if isinstance(each, Between | OneOf)), None)

    def type_of(self, name: str) -> pydantic.TypeAdapter[Any]:
        """Return what validates the argument `name`."""
        if name not in self._types:
            annotation = self.arguments[name].annotation
            kind = Any if annotation is None else self.module.evaluate(annotation)
            is_block = isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)
            self._types[name] = pydantic.TypeAdapter(kind, config=None if is_block else FINITE)
        return self._types[name]


class Module:
    """A Python file as text: its public functions, dataclasses and constants."""

    def __init__(self, path: Path):
        self.tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        self.definitions = {
            node.name: node
            for node in self.tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        self.constants = dict(_constants(self.tree))
        self.signatures: dict[str, Signature] = {}

    @property
    def dataclasses(self) -> list[str]:
        """Names of the dataclasses."""
        return [name for name, node in self.definitions.items() if isinstance(node, ast.ClassDef)]

    @property
    def functions(self) -> list[str]:
        """Names of the public functions."""
        return [
            name
            for name, node in self.definitions.items()
            if isinstance(node, ast.FunctionDef) and not name.startswith("_")
        ]

    def signature(self, name: str) -> Signature:
        """Return what the function or dataclass `name` takes by keyword."""
        if name not in self.signatures:
            node = self.definitions[name]
            if isinstance(node, ast.ClassDef):
                signature = Signature(self, _fields(node), is_open=False)
            else:
                assert isinstance(node, ast.FunctionDef)
                is_open = node.args.kwarg is not None
                signature = Signature(self, _keyword_only(node.args), is_open)
            self.signatures[name] = signature
        return self.signatures[name]

    def call(self, name: str) -> dict[str, Any]:
        """Return the plain keyword arguments of the call that the constant `name` is set to."""
        node = self.constants.get(name)
        if not isinstance(node, ast.Call):
            return {}
        found = {}
        for keyword in node.keywords:
            try:
                found[str(keyword.arg)] = ast.literal_eval(keyword.value)
            except ValueError:
                continue  # a function's name, say
        return found

    def evaluate(self, annotation: ast.expr) -> Any:
        """Return what an annotation or a default stands for; `Any` where only an import could tell."""
        try:
            return eval(  # noqa: S307  this package's own source
                compile(ast.Expression(annotation), "annotation", "eval"), {}, _Names(self)
            )
        except (NameError, AttributeError, TypeError):
            return Any

    def block(self, name: str) -> Any:
        """Return what validates a block with the fields of the dataclass `name`."""
        fields: dict[str, Any] = {}
        for field, argument in self.signature(name).arguments.items():
            kind = self.evaluate(argument.annotation) if argument.annotation else Any
            fields[field] = (kind, ...) if argument.required else (kind, None)
        return pydantic.create_model(name, __config__=BLOCK, **fields)

    def value(self, name: str) -> Any:
        """Return a constant of this file, or one that it imports from this package."""
        home = self.home(name)
        if name in home.constants:
            return home.evaluate(home.constants[name])
        return home.block(name)

    def home(self, name: str) -> "Module":
        """Return the file of this package in which a constant or dataclass stands.

        Raises:
            NameError: it is neither in this file nor imported from one of this package.
        """
        if name in self.constants or name in self.dataclasses:
            return self
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("caselab."):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        path = PACKAGE.joinpath(*str(node.module).split(".")[1:])
                        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
                        return module(file).home(alias.name)
        raise NameError(name)


def estimator_file(architecture: str, package: Path = PACKAGE) -> Path:
    """Return the file of what learns, or of what blends others that have."""
    if architecture == BLEND:
        return package / "blending" / "blend.py"
    return package / "architectures" / f"{architecture}.py"


def training(estimator: Signature) -> Signature:
    """Return the settings of a network's training, with the defaults that its architecture gives."""
    settings = module(PACKAGE / "learning" / "training.py").signature("Training")
    own = estimator.arguments["training"].default
    if isinstance(own, ast.Name):
        own = estimator.module.home(own.id).constants.get(own.id)
    if not isinstance(own, ast.Call):
        return settings
    given = {str(keyword.arg): keyword.value for keyword in own.keywords}
    arguments = {
        name: replace(argument, default=given.get(name, argument.default))
        for name, argument in settings.arguments.items()
    }
    return Signature(settings.module, arguments, is_open=False)


def plain(value: Any) -> Any:
    """Return a checked value with its blocks as the mappings that YAML has, without defaults."""
    if isinstance(value, pydantic.BaseModel):
        return value.model_dump(exclude_unset=True)
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def module(path: Path) -> Module:
    """Read a Python file, once for as long as it does not change."""
    return _module(path, path.stat().st_mtime_ns)


@functools.cache
def _module(path: Path, _modified: int) -> Module:
    return Module(path)


class _Names(dict[str, Any]):
    """The names an annotation may use."""

    def __init__(self, module: Module):
        super().__init__(
            typing=typing,
            pydantic=pydantic,
            annotated_types=annotated_types,
            Between=Between,
            OneOf=OneOf,
        )
        self.module = module

    def __missing__(self, name: str) -> Any:
        for known in (typing, annotated_types, pydantic):
            if name in known.__all__:
                return getattr(known, name)
        if hasattr(builtins, name):
            raise KeyError(name)  # Python itself finds it
        return self.module.value(name)


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _keyword_only(arguments: ast.arguments) -> dict[str, Argument]:
    return {
        argument.arg: Argument(argument.annotation, default)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    }


def _fields(node: ast.ClassDef) -> dict[str, Argument]:
    return {
        line.target.id: Argument(line.annotation, line.value)
        for line in node.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }
