"""What is wrong with a key of params.yaml, in words."""

import difflib
import json
import typing
from collections.abc import Collection
from typing import Any

import pydantic
from pydantic_core import ErrorDetails

KeyPath: typing.TypeAlias = tuple[str | int, ...]


class Invalid(Exception):  # noqa: N818  it becomes a UserError
    """A key's path, and a clause that follows it: `seed` + `must be a valid integer`."""

    def __init__(self, path: KeyPath, clause: str):
        super().__init__(clause)
        self.path = path


def must(path: KeyPath, value: Any, kind: pydantic.TypeAdapter[Any]) -> Any:
    """Return `value` as `kind`; raise `Invalid` with the first thing that is wrong.

    Validated as JSON in strict mode: a list may become a tuple and 1 a float, but "5" is no
    number and 1 is no truth value.
    """
    try:
        return kind.validate_json(json.dumps(value, default=str), strict=True)
    except pydantic.ValidationError as error:
        errors = sorted(error.errors(include_url=False), key=_is_missing)
    positions = [_position(error, value) for error in errors]
    first = positions[0]
    for position in positions:  # of a union's members, the one that came furthest was meant
        if len(position) > len(first) and position[: len(first)] == first:
            first = position
    together = [error for error, at in zip(errors, positions, strict=True) if at == first]
    raise Invalid((*path, *first), _clause(together, kind))


def names_near(name: str, known: Collection[str]) -> str:
    """Return the end of a sentence about an unknown name."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    if near:
        return f"nearest: {', '.join(near)}"
    return f"known: {', '.join(sorted(known)) or 'none'}"


def shown(value: Any) -> str:
    """Return a value as it might stand in params.yaml, shortened."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_missing(error: ErrorDetails) -> bool:
    """Tell what to say last: a misspelt key is both unknown and missing."""
    return error["type"] == "missing"


def _position(error: ErrorDetails, value: Any) -> KeyPath:
    """Return the part of an error's location that leads into `value`; the rest names types."""
    position: KeyPath = ()
    for part in error["loc"]:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and isinstance(part, int):
            value = value[int(part)]
        else:
            continue
        position = (*position, part)
    return position


def _clause(errors: list[ErrorDetails], kind: pydantic.TypeAdapter[Any]) -> str:
    """Return one clause for what is wrong at one position: several errors are a union's members."""
    first = errors[0]
    name = str(first["loc"][-1]) if first["loc"] else ""
    if first["type"] == "missing":
        return f"lacks the key {name}"
    if first["type"] == "extra_forbidden":
        return f"is not known; {names_near(name, _fields(kind, first['loc'][:-1]))}"
    if first["type"] == "string_pattern_mismatch":
        return "is a name, so it may hold only letters, digits, - and _"
    if name == "[key]":
        return f"is not known; {names_near(str(first['input']), _choices(errors))}"
    wanted = " or ".join(dict.fromkeys(_wanted(error) for error in errors))
    given = first["input"]
    if isinstance(given, dict):
        return f"must {wanted}"
    near = _nearest_choice(given, errors)
    return f"is {shown(given)}, but must {wanted}{near}"


def _wanted(error: ErrorDetails) -> str:
    if error["type"] in ("model_type", "dict_type"):
        return "be a mapping of keys to values"
    words = error["msg"].removeprefix("Value error, ").removeprefix("Input should ")
    return words.replace("a valid array", "a list").replace("a valid boolean", "true or false")


def _nearest_choice(given: Any, errors: list[ErrorDetails]) -> str:
    near = difflib.get_close_matches(str(given), _choices(errors), n=1)
    return f"; nearest: {near[0]}" if near else ""


def _choices(errors: list[ErrorDetails]) -> list[str]:
    return [
        choice.strip("'")
        for error in errors
        if error["type"] == "literal_error"
        for choice in error["ctx"]["expected"].replace(" or ", ", ").split(", ")
    ]


def _fields(kind: pydantic.TypeAdapter[Any], location: tuple[int | str, ...]) -> Collection[str]:
    """Return the keys that the block at `location` may have."""
    block: Any = kind._type
    for part in location:
        if hasattr(block, "model_fields"):
            block = block.model_fields[part].annotation
        else:
            block = [each for each in typing.get_args(block) if each is not Ellipsis][-1]
    return list(block.model_fields)
