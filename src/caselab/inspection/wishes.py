"""What a user asks of a table, held against what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from caselab.errors import UserError, unknown
from caselab.inspection.columns import Profile, profile


@dataclass(frozen=True)
class Wishes:
    """What a user has said; None where nothing."""

    target: str | None = None
    id: str | None = None
    time: str | None = None
    group: str | None = None
    problem: str | None = None


def read(records: pd.DataFrame, wishes: Wishes) -> tuple[dict[str, Profile], str | None]:
    """Return the profiles of columns by name, and the target, None where it can do without.

    Raises:
        UserError: a column that is asked for is not there, or cannot be what it should be.
    """
    for wish, column in (("id", wishes.id), ("time", wishes.time), ("group", wishes.group)):
        if column is not None and column not in records:
            raise unknown(f"column for --{wish} named", column, map(str, records.columns))
    profiles = {each.name: each for each in profile(records)}
    target = target_of(profiles, wishes)
    check_apart(wishes, target)
    return profiles, target


def check_apart(wishes: Wishes, target: str | None) -> None:
    """Refuse a column that shall be two things at once.

    Raises:
        UserError: there is one.
    """
    asked = {"target": target, "id": wishes.id, "time": wishes.time, "group": wishes.group}
    for column in asked.values():
        others = [each for each in asked if column is not None and asked[each] == column]
        if len(others) > 1:
            raise UserError(
                f"--{others[0]} and --{others[1]} both name the column {column!r}; "
                f"name another one with --{others[1]}, or leave it out."
            )


def target_of(profiles: Mapping[str, Profile], wishes: Wishes) -> str | None:
    """Return the column that is predicted, or that judges anomalies, which may have none.

    Raises:
        UserError: it is not told, not there, has one value, or cannot be predicted.
    """
    if wishes.target is None and wishes.problem == "anomalies":
        return None
    if wishes.target is None and "label" in profiles:  # of a folder
        target = "label"
    elif wishes.target is None:
        raise UserError(
            "Say which column is to be predicted, with --target; there are: "
            f"{', '.join(map(repr, list(profiles)[:20]))}{', …' * (len(profiles) > 20)}."
        )
    else:
        target = wishes.target
    if target not in profiles:
        raise unknown("column for --target named", target, profiles)
    found = profiles[target]
    if found.distinct < 2:
        value = f"one value only ({found.examples[0]})" if found.distinct else "no value"
        raise UserError(
            f"The target {target!r} has {value} in {found.rows:,} rows, so there is nothing to "
            "learn; name another column with --target."
        )
    if found.kind in ("date", "picture"):
        raise UserError(
            f"The target {target!r} holds {found.kind}s, which no kind of problem here predicts; "
            "name another column with --target."
        )
    return target
