"""Fitted pipelines on disk, in bytes that repeat in any process.

`model.skops` holds all that scikit-learn knows how to describe, and no pickle. What it does not
know (a booster, a network) lies beside it in its own format: an estimator gives it up and takes it
back by the two methods of `Detachable`.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

from sklearn.pipeline import Pipeline

from caselab.errors import UserError
from caselab.storage import archives
from caselab.storage.files import replacing

MODEL = "model.skops"


class Detachable(Protocol):
    """An estimator that keeps what it learned in a format of its own."""

    state_suffix: str
    """Of the file, such as `.ubj`."""

    def detach_state(self) -> bytes | None:
        """Give up what was learned, in bytes that repeat; None where nothing was learned yet."""

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave; the estimator then answers as before."""


def save(pipeline: Pipeline, folder: Path) -> None:
    """Write a fitted pipeline into `folder`; each file appears whole.

    Raises:
        UserError: the disk is full.
        archives.UntrustedError: `load` would refuse a type that is part of the pipeline.
    """
    parts = _detachables(pipeline)
    states: dict[str, bytes] = {}
    try:
        for name, part in parts.items():
            if (state := part.detach_state()) is not None:
                states[name] = state
        digests = {name: _digest(state) for name, state in states.items()}
        archive = archives.dumps(pipeline, note=digests)
    finally:
        for name, state in states.items():
            parts[name].attach_state(state)
    for name, content in {**states, MODEL: archive}.items():
        with replacing(Path(folder) / name) as file:
            file.write_bytes(content)


def load(folder: Path) -> Pipeline:
    """Read what `save` left.

    Raises:
        UserError: a file is missing, damaged, foreign, asks for a type that is not trusted, or
            needs a package that is not installed.
    """
    path = Path(folder) / MODEL
    archive = _read(path)
    try:
        pipeline = archives.loads(archive)
        parts = _detachables(pipeline)
        states = [(name, parts[name], digest) for name, digest in archives.note(archive).items()]
    except archives.UntrustedError as error:
        raise UserError(
            f"{path} asks for what caselab does not trust ({error}) and was not loaded; "
            "train the pipeline again."
        ) from error
    except ModuleNotFoundError as error:
        raise UserError(
            f"{path} needs the module {error.name}, which is not installed here; "
            "install the package that has it."
        ) from error
    except Exception as error:  # a foreign file can break zipfile and skops anywhere
        raise _damaged(path, repr(error)) from error
    for name, part, digest in states:
        state = _read(path.with_name(name))
        if _digest(state) != digest:
            raise _damaged(path.with_name(name), "its content does not belong to this model")
        part.attach_state(state)
    return pipeline


def size(folder: Path) -> int:
    """Return the bytes that the model's files take.

    Raises:
        UserError: the model is missing or damaged.
    """
    path = Path(folder) / MODEL
    archive = _read(path)
    try:
        beside = [path.with_name(name) for name in archives.note(archive)]
    except (BadZipFile, KeyError, ValueError) as error:
        raise _damaged(path, repr(error)) from error
    return len(archive) + sum(len(_read(file)) for file in beside)


def _detachables(pipeline: Pipeline) -> dict[str, Detachable]:
    """Find the parts that keep a state of their own; each under the name of its file."""
    found: dict[str, Detachable] = {}
    seen: set[int] = set()

    def walk(value: Any, path: str) -> None:
        if id(value) in seen or isinstance(value, type):
            return
        seen.add(id(value))
        if hasattr(type(value), "detach_state"):  # cheaper than isinstance with a protocol
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
    elif type(value).__module__.split(".")[0] in {"caselab", *archives.THEIRS}:
        yield from getattr(value, "__dict__", {}).items()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{file} is missing; run the training stage that makes it.") from error


def _digest(state: bytes) -> str:
    return hashlib.sha256(state).hexdigest()


def _damaged(file: Path, why: str) -> UserError:
    return UserError(
        f"{file} is damaged or no model of ours ({why}); remove its folder, then train the "
        "pipeline again."
    )
