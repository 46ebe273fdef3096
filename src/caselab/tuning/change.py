"""The result of a search: a change of params.yaml, shown as a diff and written when asked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caselab.inspection import params_file
from caselab.params.loading import FILE
from caselab.storage.files import replacing


def proposed(
    text: str, pipeline: str, chosen: Mapping[str, Any], present: Mapping[str, Any]
) -> str:
    """Return params.yaml with what a search has chosen, where it is not what holds already."""
    new = {name: value for name, value in chosen.items() if present.get(name, ...) != value}
    return params_file.with_settings(text, pipeline, new)


def diff(text: str, new: str) -> str:
    """Return how params.yaml would change, as `git diff` shows it."""
    before, after = text.splitlines(keepends=True), new.splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"a/{FILE}", f"b/{FILE}"))


def write(new: str) -> None:
    """Write params.yaml, whole or not at all."""
    with replacing(Path(FILE)) as file:
        file.write_text(new, encoding="utf-8")
