"""Put a case's blocks into params.yaml, and leave every other line as it is.

A YAML library that writes what it read moves what people have aligned and wrapped. So it only says
where a block begins and ends; lines are put in and taken out between.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from caselab.inspection.proposal import Proposal

SECTIONS = ("sources", "cases", "views", "pipelines")

PLAIN = re.compile(r"[^\W\d][\w./ -]*(?<! )")
"""Words that no reader of YAML takes for anything else; of these, but for `NO_WORDS`."""
NO_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}

Blocks = Mapping[str, Mapping[str, Mapping[str, Any]]]


def blocks(proposal: Proposal) -> Blocks:
    """Return a proposal's blocks by section and name."""
    case = {
        "source": proposal.name,
        "split": proposal.split,
        "validation": proposal.validation,
        "evaluation": {},
    }
    return {
        "sources": {proposal.name: proposal.source},
        "cases": {proposal.name: case},
        "views": proposal.views,
        "pipelines": proposal.pipelines,
    }


def names(text: str) -> set[str]:
    """Return the names that params.yaml uses for blocks."""
    content = YAML(typ="safe").load(text) or {}
    return {name for section in SECTIONS for name in content.get(section) or {}}


def with_blocks(text: str, new: Blocks) -> str:
    """Return params.yaml with the blocks at the end of their sections."""
    for section in SECTIONS:
        text = _with_section(text, section, new.get(section, {}))
    return text


def without_case(text: str, case: str) -> str:
    """Return params.yaml without the blocks of a case, and without a source that bears its name."""
    content = YAML(typ="safe").load(text) or {}
    gone = {("sources", case), ("cases", case)} | {
        (section, name)
        for section in ("views", "pipelines")
        for name, block in (content.get(section) or {}).items()
        if block.get("case") == case
    }
    spans = []
    for section, body in _sections(text):
        if section in SECTIONS and isinstance(body, MappingNode) and not body.flow_style:
            spans += [
                (key.start_mark.line, _last_line(value))
                for key, value in body.value
                if (section, key.value) in gone
            ]
    removed = {line for first, last in spans for line in range(first, last + 1)}
    kept = [line for number, line in enumerate(text.splitlines()) if number not in removed]
    return "\n".join(kept) + "\n"


def dumped(blocks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a section's blocks as lines: a case's keys below each other, others in one line."""
    rows = []
    for name, block in blocks.items():
        flowing = _flowing(block)
        content = {name: dict(flowing) if "split" in block else flowing}
        yaml = YAML()
        yaml.width = 4096
        yaml.allow_unicode = True
        stream = io.StringIO()
        yaml.dump(content, stream)
        rows += [f"  {line}" for line in stream.getvalue().splitlines()]
    return rows


def _flowing(value: Any) -> Any:
    """Return a value as YAML writes it in one line, words in quotes where they need some."""
    if isinstance(value, Mapping):
        flowing = CommentedMap({key: _flowing(each) for key, each in value.items()})
        flowing.fa.set_flow_style()
        return flowing
    if isinstance(value, list | tuple):
        return [_flowing(each) for each in value]
    if isinstance(value, str) and (not PLAIN.fullmatch(value) or value.lower() in NO_WORDS):
        return DoubleQuotedScalarString(value)
    return value


def _with_section(text: str, section: str, new: Mapping[str, Mapping[str, Any]]) -> str:
    bodies = dict(_sections(text))
    body, lines = bodies.get(section), text.splitlines()
    if not new:
        return text
    if section not in bodies:
        return "\n".join([*lines, "", f"{section}:", *dumped(new)]) + "\n"
    if isinstance(body, MappingNode) and not body.flow_style and body.value:
        place = _last_line(body) + 1
        return "\n".join([*lines[:place], *dumped(new), *lines[place:]]) + "\n"
    # `views: {}`, or nothing behind the colon: the section is written anew, one block a line
    assert body is not None
    old = (YAML(typ="safe").load(text) or {}).get(section) or {}
    first = body.start_mark.line
    place = _last_line(body) + 1
    written = [f"{section}:", *dumped(old), *dumped(new)]
    return "\n".join([*lines[:first], *written, *lines[place:]]) + "\n"


def _sections(text: str) -> list[tuple[str, Node]]:
    tree = YAML(typ="safe").compose(text)
    return [(key.value, value) for key, value in tree.value] if tree else []


def _last_line(node: Node) -> int:
    """Return the line in which a block ends; its own mark lies behind blank lines and comments."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return int(node.end_mark.line) - 1
    return int(node.end_mark.line)
