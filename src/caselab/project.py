"""Where the project is, and what its stages left, read without heavy imports."""

import json
import os
from pathlib import Path
from typing import Any

from caselab.errors import UserError
from caselab.storage import layout

MARKS = ("dvc.yaml", "params.yaml")


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder upward from `start` (the current one) that is a project.

    Raises UserError where there is none.
    """
    start = (start or Path()).resolve()
    for folder in (start, *start.parents):
        if all((folder / mark).is_file() for mark in MARKS):
            return folder
    raise UserError(
        f"{start} lies in no caselab project: no folder from there upward holds "
        f"{' and '.join(MARKS)}; change into one."
    )


def enter() -> Path:
    """Make the project's root the current folder, as paths in `storage.layout` expect."""
    root = find_root()
    os.chdir(root)
    return root


def leaderboard(case: str, root: Path = Path()) -> dict[str, Any] | None:
    """Return what compare left for a case, None where it has not run."""
    return _read(root / layout.leaderboard(case) / "leaderboard.json")


def tracked_run(pipeline: str, root: Path = Path()) -> dict[str, Any]:
    """Return what is remembered of a pipeline's MLflow run: url, seconds."""
    return _read(root / layout.state() / "runs" / f"{pipeline}.json") or {}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); remove it and run its case.") from None
    return content
