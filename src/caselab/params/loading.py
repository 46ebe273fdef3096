"""Read params.yaml: from text to typed blocks, with the line of whatever is wrong."""

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from caselab.errors import UserError
from caselab.params import nesting, profiles
from caselab.params.blocks import Params
from caselab.params.checks import checked
from caselab.params.profiles import NAMED
from caselab.params.sentences import Invalid, KeyPath, must, names_near
from caselab.params.signatures import PACKAGE

FILE = "params.yaml"


def load(root: Path = Path(), overrides: Sequence[str] = (), *, package: Path = PACKAGE) -> Params:
    """Return the checked parameters of the project in `root`.

    overrides: dotted keys with YAML values, `pipelines.churn-mlp.training.learning_rate=0.01`;
        they win over a profile, which `profile=gpu` chooses.
    package: the folder of caselab's code, whose signatures rule the keyword arguments.
    Raises UserError: one sentence with the key, its line and the nearest valid names.
    """
    raw, lines = _read(root / FILE)
    try:
        if profiles.KEY in raw:
            clause = "is chosen for a run, by --profile, and has no place in the file"
            raise Invalid((profiles.KEY,), clause)
        raw = apply(raw, overrides)
        return checked(must((), raw, TypeAdapter(Params)), package)
    except Invalid as error:
        place = _place(error.path, lines, overrides)
        raise UserError(f"{place}: {_dotted(error.path)} {error}".replace(":  ", ": ")) from None


def apply(raw: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Return a copy of the raw mapping with the overrides set.

    Raises:
        UserError: an override is none, or of a block that there is not.
        Invalid: the profile that they choose is none.
    """
    result = copy.deepcopy(raw)
    if profile := profiles.chosen(overrides):
        result = profiles.merged(result, profile)
    for override in overrides:
        if profiles.named(override) is not None:
            continue
        path, value = _parse(override)
        _find_named(result, path, override)
        block = result
        for depth, key in enumerate(path[:-1], start=1):
            block = block.setdefault(key, {})
            if not isinstance(block, dict):
                raise UserError(f"--set {override}: {_dotted(path[:depth])} has no keys to set")
        block[path[-1]] = value
    return result


def _parse(override: str) -> tuple[tuple[str, ...], Any]:
    key, equals, text = override.partition("=")
    path = tuple(part.strip() for part in key.split("."))
    if not equals or not all(path):
        raise UserError(f"--set {override}: write it as key.of.block=value")
    nesting.check(text, f"--set {key}")
    try:
        return path, YAML(typ="safe").load(text)
    except YAMLError as error:
        raise UserError(f"--set {override}: the value is not YAML: {_problem(error)}") from None


def _find_named(raw: dict[str, Any], path: Sequence[str], override: str) -> None:
    if path[0] not in NAMED or not isinstance(blocks := raw.get(path[0]), dict):
        return
    if len(path) == 1:
        raise UserError(f"--set {override}: name one block and its key, as in {path[0]}.name.key")
    if path[1] not in blocks:
        near = names_near(path[1], list(blocks))
        raise UserError(f"--set {override}: there is no {path[0]}.{path[1]}; {near}")


def _read(path: Path) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    """Return the file as a mapping, and the line of every key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"There is no {FILE} in {path.parent.resolve()}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{FILE} cannot be read as UTF-8 text: {error}") from None
    nesting.check(text, FILE)
    yaml = YAML(typ="safe")
    try:
        tree = yaml.compose(text)
        lines: dict[KeyPath, int] = {}
        for key_path, line in _positions(tree):
            if key_path in lines:
                twice = f"{_dotted(key_path)} stands twice, first in line {lines[key_path]}"
                raise UserError(f"{FILE}, line {line}: {twice}")
            lines[key_path] = line
        raw = yaml.constructor.construct_document(tree) if tree else None
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        place = f", line {mark.line + 1}" if mark else ""
        raise UserError(f"{FILE}{place}: this is not YAML: {_problem(error)}") from None
    if not isinstance(raw, dict):
        raise UserError(
            f"{FILE} must be a mapping: seed, threads, sources, cases, views, pipelines"
        )
    return raw, lines


def _positions(node: Node | None, path: KeyPath = ()) -> Iterator[tuple[KeyPath, int]]:
    """Yield the path and line of every key and list item."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                line = key.start_mark.line + 1
                raise UserError(
                    f"{FILE}, line {line}: a key of {_dotted(path) or 'the file'} is no word"
                )
            yield (*path, key.value), key.start_mark.line + 1
            yield from _positions(value, (*path, key.value))
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), item.start_mark.line + 1
            yield from _positions(item, (*path, index))


def _place(path: KeyPath, lines: dict[KeyPath, int], overrides: Sequence[str]) -> str:
    """Return where a key was given: an override, or the nearest line of the file."""
    for override in reversed(overrides):
        given, _ = _parse(override)
        if given[: len(path)] == path[: len(given)]:
            return profiles.option(override)
    profile = profiles.chosen(overrides)
    if profile and (of_profile := profiles.place(path, profile)) in lines:
        path = of_profile
    while path and path not in lines:
        path = path[:-1]
    return f"{FILE}, line {lines[path]}" if path else FILE


def _problem(error: YAMLError) -> str:
    words = error.problem if isinstance(error, MarkedYAMLError) else str(error)
    return str(words).splitlines()[0]


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path)
