"""Fitted pipelines on disk, in bytes that repeat in any process.

`model.skops` holds all that scikit-learn knows how to describe, and no pickle. What it does not
know (a booster, a network) lies beside it in its own format: an estimator gives it up and takes it
back by the two methods of `Detachable`.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, Protocol, runtime_checkable
from zipfile import BadZipFile, ZipFile, ZipInfo

from sklearn.pipeline import Pipeline

from caselab.errors import UserError
from caselab.storage.files import replacing

MODEL, SCHEMA, STATES = "model.skops", "schema.json", "states.json"

OURS = ("caselab.architectures", "caselab.features", "caselab.learning")
THEIRS = ("sklearn", "imblearn")

_UNCHANGING = ("JsonNode", "TypeNode", "FunctionNode")


@runtime_checkable
class Detachable(Protocol):
    """An estimator that keeps what it learned in a format of its own."""

    state_suffix: str  # of the file, such as ".ubj"

    def detach_state(self) -> bytes | None:
        """Give up what was learned, in bytes that repeat; None where nothing was learned yet."""

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave; the estimator then answers as before."""


def save(pipeline: Pipeline, folder: Path) -> None:
    """Write a fitted pipeline into `folder`; each file appears whole.

    Raises:
        TypeError: a part has a type that `load` would refuse.
    """
    import skops.io  # takes seconds

    parts = _detachables(pipeline)
    states: dict[str, bytes] = {}
    try:
        for name, part in parts.items():
            if (state := part.detach_state()) is not None:
                states[name] = state
        archive = skops.io.dumps(pipeline)
    finally:
        for name, state in states.items():
            parts[name].attach_state(state)
    refused = [name for name in skops.io.get_untrusted_types(data=archive) if not _trusted(name)]
    if refused:
        raise TypeError(f"a pipeline that holds {', '.join(refused)} could not be loaded again")

    digests = {name: _digest(state) for name, state in states.items()}
    with replacing(Path(folder) / MODEL) as file:
        file.write_bytes(_repeatable(archive, digests))
    for name, state in states.items():
        with replacing(Path(folder) / name) as file:
            file.write_bytes(state)


def load(folder: Path) -> Pipeline:
    """Read what `save` left.

    Raises:
        UserError: a file is missing, damaged, foreign, or asks for a type that is not trusted.
    """
    import skops.io  # takes seconds
    from skops.io.exceptions import UntrustedTypesFoundException

    archive = _read(Path(folder) / MODEL)
    try:
        with ZipFile(io.BytesIO(archive)) as members:
            digests = json.loads(members.read(STATES))
            named = set(_names(json.loads(members.read(SCHEMA))))
        trusted = [name for name in sorted(named) if _trusted(name)]
        pipeline = skops.io.loads(archive, trusted=trusted)
        parts = _detachables(pipeline)
        states = [(name, parts[name], digest) for name, digest in digests.items()]
    except UntrustedTypesFoundException as error:
        raise UserError(
            f"{folder} was not loaded because it asks for types that caselab does not trust: "
            f"{error}; train the pipeline again instead."
        ) from error
    except Exception as error:  # a foreign file can break skops and zipfile anywhere
        raise _damaged(Path(folder) / MODEL, repr(error)) from error
    for name, part, digest in states:
        state = _read(Path(folder) / name)
        if _digest(state) != digest:
            raise _damaged(Path(folder) / name, "its content does not belong to this model")
        part.attach_state(state)
    return pipeline


def size(folder: Path) -> int:
    """Return the bytes that the model's files take."""
    path = Path(folder) / MODEL
    try:
        with ZipFile(io.BytesIO(_read(path))) as members:
            files = [MODEL, *json.loads(members.read(STATES))]
    except (BadZipFile, KeyError, ValueError) as error:
        raise _damaged(path, repr(error)) from error
    return sum((Path(folder) / name).stat().st_size for name in files)


def _detachables(pipeline: Pipeline) -> dict[str, Detachable]:
    """Find the parts that keep a state of their own; each under the name of its file."""
    found: dict[str, Detachable] = {}
    seen: set[int] = set()

    def walk(value: Any, path: str) -> None:
        if id(value) in seen or isinstance(value, type):
            return
        seen.add(id(value))
        if isinstance(value, Detachable):
            found[path + value.state_suffix] = value
            return
        for name, item in _items(value):
            walk(item, f"{path}.{name}" if path else name)

    walk(pipeline, "")
    return found


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            is_step = isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], str)
            yield (item[0], item[1]) if is_step else (str(number), item)
    elif type(value).__module__.split(".")[0] in {"caselab", *THEIRS}:
        yield from getattr(value, "__dict__", {}).items()


def _repeatable(archive: bytes, digests: dict[str, str]) -> bytes:
    """Rewrite a skops archive so that nothing in it tells of the process that wrote it.

    skops names members and numbers objects by their memory addresses. Here both are numbered in
    order of appearance, and a value that cannot change gets a number for itself alone, because
    whether two equal ones are one object is the interpreter's choice. Sets are sorted.
    """
    files: dict[str, str] = {}
    numbers: dict[int, int] = {}

    def renumber(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                renumber(item)
        if not isinstance(node, dict):
            return
        if "__id__" in node:
            alone = node["__loader__"] in _UNCHANGING
            address = -len(numbers) - 1 if alone else node["__id__"]
            node["__id__"] = numbers.setdefault(address, len(numbers))
        if "__loader__" in node and isinstance(node.get("file"), str):
            file = node["file"]
            node["file"] = files.setdefault(file, f"{len(files)}{Path(file).suffix}")
        if node.get("__loader__") == "SetNode":
            node["content"].sort(key=lambda item: str(item.get("content")))
        for item in node.values():
            renumber(item)

    with ZipFile(io.BytesIO(archive)) as members:
        schema = json.loads(members.read(SCHEMA))
        renumber(schema)
        contents = {new: members.read(old) for old, new in files.items()}
    contents[SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    contents[STATES] = json.dumps(digests, sort_keys=True).encode()
    rewritten = io.BytesIO()
    with ZipFile(rewritten, "w") as members:
        for name, content in contents.items():
            members.writestr(ZipInfo(name), content)  # ZipInfo's own time: 1980
    return rewritten.getvalue()


def _names(node: Any) -> Iterator[str]:
    """Yield the full names of all types and functions that a schema asks for."""
    if isinstance(node, dict):
        if "__module__" in node:
            yield f"{node['__module__']}.{node['__class__']}"
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _names(item)


def _trusted(name: str) -> bool:
    """Tell whether a name is a type of scikit-learn or imblearn, or a type or function of ours."""
    module, _, attribute = name.rpartition(".")
    if module.startswith(tuple(f"{room}." for room in OURS)):
        kinds: tuple[type, ...] = (type, FunctionType)
    elif module.split(".")[0] in THEIRS:
        kinds = (type,)
    else:
        return name == "numpy.dtype"
    try:
        found = getattr(import_module(module), attribute, None)
    except ImportError:
        return False
    return isinstance(found, kinds) and found.__module__ == module


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{file} is missing; run the training stage that makes it.") from error


def _digest(state: bytes) -> str:
    return hashlib.sha256(state).hexdigest()


def _damaged(file: Path, why: str) -> UserError:
    return UserError(f"{file} is damaged or no model of ours ({why}); train the pipeline again.")
