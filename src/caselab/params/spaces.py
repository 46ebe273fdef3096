"""Search spaces: what may be tried of a pipeline's settings, read without importing what learns.

The ranges stand in the signatures of the architecture, the transformer and `Training`
(search.py); a block of `tuning:` in params.yaml names those that are searched of one pipeline, with
ranges of its own where it gives any:

    tuning:
      churn-xgboost: {model: {max_depth: [2, 3, 4], learning_rate: {low: 0.01, high: 0.3, log: true}, subsample: true}}
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from caselab.errors import UserError
from caselab.params.blocks import PipelineBlock, Range
from caselab.params.search import Between, OneOf, Search
from caselab.params.sentences import Invalid, KeyPath, must, names_near
from caselab.params.signatures import Argument, Signature

Space: TypeAlias = dict[str, Search]
"""What is tried, by dotted name: `model.max_depth`."""

PARTS = ("features", "model", "training")
"""The maps of a pipeline's block."""


def space(
    block: PipelineBlock,
    parts: Mapping[str, Signature],
    named: Mapping[str, Any],
    path: KeyPath,
    *,
    supervised: bool,
) -> Space:
    """Return what is searched of a pipeline.

    What is not supervised is scored by the features themselves, so these are not searched unless
    they are named.

    Args:
        block: of the pipeline, checked.
        parts: the signatures of those of PARTS that it has.
        named: its block of `tuning:`; empty for all that the signatures say.
        path: where that block stands.
        supervised: whether the kind of problem is.

    Raises:
        Invalid: the block names what there is not, or what it may not be.
    """
    present = {part: settings(block, part, signature) for part, signature in parts.items()}
    found: Space = {}
    for part, signature in parts.items():
        for name in signature.arguments:
            own = None if named else signature.searched(name)
            if own is None or (part == "features" and not supervised):
                continue
            if all(present[part].get(key) in values for key, values in own.where.items()):
                found[f"{part}.{name}"] = own
    for part, words in named.items():
        for name, word in words.items():
            at = (*path, part, name)
            if part not in parts:
                raise Invalid((*path, part), f"has no place: {block.architecture} has none")
            if name not in parts[part].arguments:
                near = names_near(name, list(parts[part].arguments))
                raise Invalid(at, f"is not known; {near}")
            found[f"{part}.{name}"] = _narrowed(at, word, parts[part], name)
    phases = present.get("training", {}).get("phases")
    if phases and not named and all("learning_rate" in phase for phase in phases):
        found.pop("training.learning_rate", None)  # each phase says its own
    return found


def settings(block: PipelineBlock, part: str, signature: Signature) -> dict[str, Any]:
    """Return one of a block's PARTS with the defaults of the code, where those are plain values."""
    defaults = {
        name: value
        for name, argument in signature.arguments.items()
        if (value := _default(signature, argument)) is not ...
    }
    return defaults | getattr(block, part)


def _default(signature: Signature, argument: Argument) -> Any:
    """Return the default of an argument, `...` where it has none or it is no plain value."""
    if argument.default is None:
        return ...
    if any(isinstance(node, ast.Name | ast.Call) for node in ast.walk(argument.default)):
        return ...
    return signature.module.evaluate(argument.default)


def require(space: Space, pipeline: str) -> None:
    """Refuse a space in which there is nothing to choose.

    Raises:
        UserError: it is empty, or holds one setting.
    """
    if all(isinstance(search, OneOf) and len(search.values) < 2 for search in space.values()):
        raise UserError(
            f"There is nothing to tune of {pipeline}: its search space is empty; give its block of "
            f"`tuning:` in params.yaml values to choose from, as in tuning: {{{pipeline}: {{model: "
            "{C: [0.1, 1, 10]}}}."
        )


def _narrowed(path: KeyPath, word: Any, signature: Signature, name: str) -> Search:
    """Return what a block of `tuning:` says of one argument, in the argument's own type."""
    kind = signature.type_of(name)
    if word is True:
        own = signature.searched(name)
        if own is None:
            clause = "has no range of its own; give one, {low: 1, high: 10}, or a list of values"
            raise Invalid(path, clause)
        return own
    if isinstance(word, list):
        if not word:
            raise Invalid(path, "is an empty list; give values to choose from")
        return OneOf(*(must((*path, i), value, kind) for i, value in enumerate(word)))
    given = must(path, word, TypeAdapter(Range))
    for end in ("low", "high"):
        must((*path, end), word[end], kind)  # as it is written: 1 is a whole number, and 1.0 none
    if _takes(kind, given.low + (given.high - given.low) / math.e):  # which is no whole number
        return Between(float(given.low), float(given.high), log=given.log)
    return Between(int(given.low), int(given.high), log=given.log)


def _takes(kind: TypeAdapter[Any], value: float) -> bool:
    try:
        must((), value, kind)
    except Invalid:
        return False
    return True
