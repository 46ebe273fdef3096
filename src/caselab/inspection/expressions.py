"""Python expressions as text, in the lines that `ruff format` would give them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 100
INDENT = "    "


@dataclass(frozen=True)
class Group:
    """Something in brackets: a call, a list, a tuple, a dict."""

    opening: str
    items: tuple[tuple[str, Node], ...]  # what stands before an item, as `nullable=`, and the item
    closing: str

    @property
    def is_call(self) -> bool:
        """Tell whether its items may share a line of their own."""
        return len(self.opening) > 1


Node = str | Group


def literal(value: Any) -> Node:
    """Return a value of JSON's kinds as code."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return Group("{", tuple((f"{quoted(k)}: ", literal(v)) for k, v in value.items()), "}")
    if isinstance(value, list):
        return listed(map(literal, value))
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:_}"
    return repr(value)


def quoted(text: str) -> str:
    """Return a string's code, in the quotes that need fewer backslashes."""
    if '"' in text and "'" not in text and text.isprintable():
        return "'" + text.replace("\\", "\\\\") + "'"
    if text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    inner = repr(text)[1:-1].replace("\\'", "'")
    return '"' + inner.replace('"', '\\"') + '"'


def listed(items: Iterable[Node]) -> Group:
    """Return a list."""
    return Group("[", tuple(("", item) for item in items), "]")


def call(name: str, *arguments: Node, **keywords: Node) -> Group:
    """Return a call."""
    given = [("", argument) for argument in arguments]
    named = [(f"{key}=", value) for key, value in keywords.items()]
    return Group(f"{name}(", (*given, *named), ")")


def lines(node: Node, depth: int, before: str = "", after: str = "") -> list[str]:
    """Return an expression's lines: as few as fit, arguments together before one by one."""
    indent = INDENT * depth
    whole = f"{indent}{before}{_flat(node)}{after}"
    if isinstance(node, str) or len(whole) <= WIDTH:
        return [whole]
    first, last = f"{indent}{before}{node.opening}", f"{indent}{node.closing}{after}"
    together = f"{indent}{INDENT}{_body(node.items)}"
    if node.is_call and len(together) <= WIDTH:
        return [first, together, last]
    return [first, *one_by_one(node.items, depth + 1), last]


def one_by_one(items: Sequence[tuple[str, Node]], depth: int) -> list[str]:
    """Return the lines of items that stand below each other."""
    return [line for before, item in items for line in lines(item, depth, before, ",")]


def _flat(node: Node) -> str:
    if isinstance(node, str):
        return node
    return f"{node.opening}{_body(node.items)}{node.closing}"


def _body(items: Sequence[tuple[str, Node]]) -> str:
    return ", ".join(f"{before}{_flat(item)}" for before, item in items)
