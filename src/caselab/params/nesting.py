"""How deep a YAML file nests and how much its anchors stand for, before anything loads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from caselab.errors import UserError

DEEPEST = 50
"""Levels; a loader calls itself for each."""
LARGEST = 100_000
"""Values, each counted as often as an alias stands for it: ten lines can stand for billions."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check(text: str, name: str) -> None:
    """Refuse a text that would take a loader's stack, time or memory; one that is no YAML passes.

    name: what the sentence calls the text by.
    Raises UserError: it nests too deep, or stands for too many values.
    """
    sizes: dict[str, int] = {}  # of what an anchor stands for, once that has ended
    open_nodes: list[tuple[str | None, int]] = []  # each with its anchor and the count at its start
    count = 0
    for event in _events(text):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            within_itself = any(anchor == event.anchor for anchor, _ in open_nodes)
            count += LARGEST if within_itself else sizes.get(event.anchor or "", 0)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, count))
            count += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = count - before
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        if len(open_nodes) > DEEPEST:
            raise UserError(f"{name}, line {line}: this is nested deeper than {DEEPEST} levels.")
        if count > LARGEST:
            raise UserError(
                f"{name}, line {line}: up to here this stands for more than {LARGEST:,} values; "
                "write out what its anchors mean."
            )


def check_file(path: Path) -> None:
    """Refuse a file as `check` does a text; one that is not there or no text passes."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return  # whoever loads it says what is wrong
    check(text, path.name)


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except yaml.YAMLError:
        return  # whoever loads it says what is wrong
