"""What is said beside a proposal: what was left out, read in one of two ways, or is too little."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from caselab.inspection import roles
from caselab.inspection.roles import Reason, Used


def of(
    used: Sequence[Used],
    rows: int,
    learned: Mapping[str, Any],
    source: Mapping[str, Any],
    repeated: int = 0,
) -> list[str]:
    """Return a sentence for each of what was seen that whoever owns the table should know.

    Args:
        used: its columns.
        rows: of it.
        learned: what the case says of its classes.
        source: its block in params.yaml.
        repeated: rows that are equal to an earlier one.
    """
    notes = []
    if "row_id" in source:
        notes.append(
            "No column names the rows for good, so each is named by a hash of what it holds: rows "
            "that come in move none of the others."
        )
    if repeated:
        are = "row is" if repeated == 1 else "rows are"
        notes.append(
            f"{repeated:,} {are} equal to another, and where one is learned from and the other asked, "
            "scores look better than they are: leave them out, or keep equal ones together with "
            "--group and the name of a column."
        )
    targets = [each.profile for each in used if each.role == "target"]
    notes += [f"{n:,} rows without a target are left out." for t in targets if (n := t.missing)]
    notes += [_on_counter(each) for each in used if each.reason is Reason.COUNTS_ROWS]
    notes += _on_classes(learned.get("classes", ()), learned.get("rare", ()))
    for each in used:
        if each.reason is Reason.COPY_OF_TARGET:
            notes.append(f"{each.name!r} {each.note}; it is left out. Are there others like it?")
        missing = each.profile.written.get("missing", ()) if each.role in ("seen", "time") else ()
        if missing:
            words = ", ".join(map(repr, missing))
            notes.append(f"In {each.name!r} a value is taken as missing where it says {words}.")
        if each.profile.ambiguous and each.role != "left out":
            form = each.profile.written["formats"][0]
            notes.append(
                f"{each.name!r} might have day and month the other way round; it is read as {form}."
            )
        if each.role in ("seen", "left out") and (almost := roles.spoilt(each.profile)):
            notes.append(
                f"{each.name!r} is read as words, although {almost}; mend or empty those "
                "cells, and propose the case again."
            )
        if each.role == "seen" and each.profile.kind == "category" and each.profile.distinct > 100:
            notes.append(
                f"{each.name!r} has {each.profile.distinct:,} categories; models tell the 100 most "
                "frequent apart."
            )
    if rows < 200:
        notes.append(f"{rows:,} rows are few: every figure will have a wide interval.")
    return notes


def _on_counter(column: Used) -> str:
    profile = column.profile
    return (
        f"{column.name!r} {column.note} from {profile.low:,.0f} to {profile.high:,.0f}, so no model "
        f"sees it; if it names them for good, say --id {shlex.quote(column.name)}."
    )


def _on_classes(known: Sequence[str], rare: Sequence[str]) -> list[str]:
    notes = []
    if rare:
        names = ", ".join(map(repr, rare[:5])) + ", …" * (len(rare) > 5)
        notes.append(f"Classes of too few rows to be learned and tested are left out: {names}.")
    folded = [each.casefold() for each in known]
    if alike := [each for each in known if folded.count(each.casefold()) > 1]:
        names = ", ".join(map(repr, alike[:6]))
        notes.append(f"Some classes differ in capital letters only ({names}): are they the same?")
    return notes
