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
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from caselab.errors import UserError
from caselab.inspection.proposal import Proposal

SECTIONS = ("sources", "cases", "views", "pipelines", "blends")

PLAIN = re.compile(r"[^\W\d][\w./ -]*(?<! )")
"""Words that no reader of YAML takes for anything else; of these, but for `NO_WORDS`."""
NO_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}

_HEAD = ("case", "view", "architecture")
BEFORE = {
    "features": _HEAD,
    "model": (*_HEAD, "features"),
    "training": (*_HEAD, "features", "model"),
}
"""The keys of a pipeline's block behind which a part of it stands."""

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
        "blends": proposal.blends,
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
        for section in ("views", "pipelines", "blends")
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


def with_settings(text: str, pipeline: str, settings: Mapping[str, Any]) -> str:
    """Return params.yaml with settings of a pipeline, by dotted name: `model.C`.

    Comments, order and style of its block stay; no other line is touched.

    Raises:
        UserError: the block stands on an anchor elsewhere, which cannot be changed for it alone.
    """
    if not settings:
        return text
    lines = text.splitlines()
    first, last = _span(text, "pipelines", pipeline)
    indent = len(lines[first]) - len(lines[first].lstrip())
    own = "\n".join(line[indent:] for line in lines[first : last + 1])
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 4096, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        content = yaml.load(own)
    except YAMLError as error:
        raise UserError(
            f"The block of {pipeline} in params.yaml cannot be changed on its own ({error.problem}); "  # type: ignore[attr-defined]
            f"write there: {', '.join(f'{name}: {value}' for name, value in settings.items())}."
        ) from None
    block = content[pipeline]
    for name, value in settings.items():
        part, _, key = name.partition(".")
        if part not in block:
            before = [word for word in block if word in BEFORE[part]]
            block.insert(len(before), part, _flowing({}))
        block[part][key] = _flowing(value)
    stream = io.StringIO()
    yaml.dump(content, stream)
    changed = [" " * indent + line for line in stream.getvalue().splitlines()]
    return "\n".join([*lines[:first], *changed, *lines[last + 1 :]]) + "\n"


def with_source(text: str, source: str, block: Mapping[str, Any]) -> str:
    """Return params.yaml with another block of a source; no other line is touched."""
    lines = text.splitlines()
    first, last = _span(text, "sources", source)
    return "\n".join([*lines[:first], *dumped({source: block}), *lines[last + 1 :]]) + "\n"


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


def _span(text: str, section: str, name: str) -> tuple[int, int]:
    """Return the first and the last line of a block."""
    body = dict(_sections(text))[section]
    key, value = next(pair for pair in body.value if pair[0].value == name)
    return key.start_mark.line, _last_line(value)


def _last_line(node: Node) -> int:
    """Return the line in which a block ends; its own mark lies behind blank lines and comments."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return int(node.end_mark.line) - 1
    return int(node.end_mark.line)
