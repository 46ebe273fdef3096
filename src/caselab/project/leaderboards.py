"""A case's leaderboard as compare left it, read without heavy imports."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
