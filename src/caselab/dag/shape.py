"""What of dvc.yaml and params.yaml says which stages there are and which needs which.

DVC makes every stage anew to know that, a second for four hundred. A setting that changed says
nothing of it, so the graph of the last look still holds, and only stages that are used are made.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_PLAIN = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_OWN = ("key", "item")
"""What `foreach` names: a block of params.yaml and what it is called."""


def shape(root: Path, parameters: Mapping[str, Any]) -> str | None:
    """Hash dvc.yaml and what its templates take from `parameters`; None where that cannot be told.

    It cannot where values come from other files, or where a template is no plain name.
    """
    try:
        text = (root / "dvc.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    names = sorted(set(_REFERENCE.findall(text)))
    if re.search(r"^\s*(vars|matrix)\s*:", text, re.MULTILINE) or not all(
        map(_PLAIN.fullmatch, names)
    ):
        return None
    columns = [name.split(".")[1:] for name in names if name.startswith("item.")]
    taken = {
        name: _rows(_value(parameters, name.split(".")), columns)
        for name in names
        if name.partition(".")[0] not in _OWN
    }
    content = json.dumps([version("dvc"), text, taken], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _rows(value: Any, columns: list[list[str]]) -> Any:
    """Keep of blocks by name what the templates may take of each."""
    if not isinstance(value, Mapping):
        return value
    return {name: [_value(block, column) for column in columns] for name, block in value.items()}


def _value(block: Any, keys: list[str]) -> Any:
    for key in keys:
        block = block.get(key) if isinstance(block, Mapping) else None
    return block
