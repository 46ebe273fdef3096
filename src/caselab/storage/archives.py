"""Objects as skops archives, in bytes that repeat in any process and with types that we trust.

A skops archive is a zip of `schema.json`, which says how objects are built, and arrays. Ours has
one member more, which plain skops passes over: a note, JSON of the caller's.
"""

import io
import json
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np

OURS = (
    "caselab.architectures",
    "caselab.blending",
    "caselab.features",
    "caselab.forecasting",
    "caselab.grouping",
    "caselab.learning",
    "caselab.recommending",
    "caselab.reconstruction",
    "caselab.sequences",
)
THEIRS = ("sklearn", "imblearn")

_SCHEMA, _NOTE = "schema.json", "note.json"
_UNCHANGING = ("JsonNode", "TypeNode", "FunctionNode", "TupleNode", "SliceNode")


class UntrustedError(Exception):
    """Types or functions stand in an archive that nobody should build from a file."""


def dumps(content: Any, note: Any) -> bytes:
    """Return an archive of `content`.

    Raises:
        UntrustedError: `loads` would refuse it.
    """
    archive = _skops().dumps(content)
    if refused := _refused(archive):
        raise UntrustedError(", ".join(refused))
    return _repeatable(archive, note)


def loads(archive: bytes) -> Any:
    """Return what `dumps` was given; a foreign archive can raise anything.

    Raises:
        UntrustedError: it asks for types that are not trusted; nothing was built.
        ModuleNotFoundError: a package that its types need is not installed.
    """
    skops = _skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    with ZipFile(io.BytesIO(archive)) as members:
        names = _names(json.loads(members.read(_SCHEMA)))
    try:
        return skops.loads(archive, trusted=sorted(filter(_trusted, names)))
    except UntrustedTypesFoundException as error:
        raise UntrustedError(", ".join(_refused(archive))) from error


def note(archive: bytes) -> Any:
    """Return the note that `dumps` was given."""
    with ZipFile(io.BytesIO(archive)) as members:
        return json.loads(members.read(_NOTE))


def _skops() -> ModuleType:
    """Import skops without its walk over all of scikit-learn, which takes seconds and needs torch.

    It asks for every estimator in order to trust them; here `_trusted` says what is to be trusted.
    """
    import sklearn.utils

    walk, sklearn.utils.all_estimators = sklearn.utils.all_estimators, list
    try:
        return import_module("skops.io")
    finally:
        sklearn.utils.all_estimators = walk


def _refused(archive: bytes) -> list[str]:
    return [name for name in _skops().get_untrusted_types(data=archive) if not _trusted(name)]


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
    except ModuleNotFoundError as error:
        if f"{module}.".startswith(f"{error.name}.") and error.name != module.split(".")[0]:
            return False  # another version of the package had it
        raise  # a package that it needs
    return isinstance(found, kinds) and found.__module__ == module


def _repeatable(archive: bytes, note: Any) -> bytes:
    """Rewrite a skops archive so that nothing in it tells of the process that wrote it.

    skops names members and numbers objects by their memory addresses. Here both are numbered in
    order of appearance, and a value that cannot change gets a number for itself alone, because
    whether two equal ones are one object is the interpreter's choice. Sets are sorted, and arrays
    hold nothing between their fields.
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
        schema = json.loads(members.read(_SCHEMA))
        renumber(schema)
        contents = {new: _without_padding(members.read(old)) for old, new in files.items()}
    contents[_SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    contents[_NOTE] = json.dumps(note, sort_keys=True).encode()
    rewritten = io.BytesIO()
    with ZipFile(rewritten, "w") as members:
        for name, content in contents.items():
            members.writestr(ZipInfo(name), content)  # ZipInfo's own time: 1980
    return rewritten.getvalue()


def _without_padding(content: bytes) -> bytes:
    """Put zeros between the fields of a structured array, where whatever was in memory stands."""
    if not content.startswith(b"\x93NUMPY"):
        return content
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if not array.dtype.names:
        return content
    padded = np.zeros(array.shape, array.dtype)
    for field in array.dtype.names:
        padded[field] = array[field]
    rewritten = io.BytesIO()
    np.save(rewritten, padded, allow_pickle=False)
    return rewritten.getvalue()


def _names(schema: Any) -> set[str]:
    """Return the full names of all types and functions that a schema asks for."""
    names: set[str] = set()
    nodes = [schema]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            if "__module__" in node:
                names.add(f"{node['__module__']}.{node['__class__']}")
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
    return names
