"""A case's leaderboard as compare left it, read without heavy imports."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caselab import numbers
from caselab.errors import UserError
from caselab.project import places


def read(case: str, root: Path = Path()) -> dict[str, Any] | None:
    """Return a case's leaderboard, None where compare has not run.

    Raises:
        UserError: it cannot be read.
    """
    file = root / places.leaderboard(case) / "leaderboard.json"
    try:
        board: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(
            f"{file} cannot be read ({error}); remove it, then run `caselab run {case}`."
        ) from None
    return board


def preference(board: Mapping[str, Any]) -> str:
    """Say in sentences why the candidate is not the first; empty where it is."""
    name, blends = board["candidate"], board.get("blends", {})
    behind = board.get("behind", {}).get(name)
    if behind is None and not blends:
        return ""
    rows = {row["pipeline"]: row for row in board["rows"]}
    best = next(pipeline for pipeline in rows if pipeline not in blends)
    told = []
    if behind is not None:
        smaller = f"{_sized(rows[name])} is the candidate as the smaller model"
        told.append(f"{smaller}: {_ahead(rows[best], 'it', behind)}.")
    first = next(iter(rows))
    if first in blends and first != name:
        told.append(f"{_ahead(rows[first], best, blends[first])}, and so is not the candidate.")
    return " ".join(told)


def _sized(row: Mapping[str, Any]) -> str:
    return f"{row['pipeline']} ({numbers.size(row['size'])})"


def _ahead(row: Mapping[str, Any], of: str, behind: Mapping[str, float]) -> str:
    by = f"by {behind['value']:.2g}, within one standard error ({behind['error']:.2g})"
    return f"{_sized(row)} is ahead of {of} in validation {by}"


def flat(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a leaderboard's rows as those of a table: scores, their intervals, then every metric."""
    return [
        {"pipeline": row["pipeline"], "architecture": row["architecture"]}
        | {
            name: row[part][end]
            for part in ("validation", "test")
            for name, end in ((part, "value"), (f"{part}_low", "low"), (f"{part}_high", "high"))
        }
        | {f"test_{name}": value for name, value in row["metrics"].items()}
        for row in board["rows"]
    ]
