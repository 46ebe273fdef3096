"""A case's leaderboard as compare left it, read without heavy imports."""

import json
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
