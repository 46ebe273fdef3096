"""The contract of a proposal, as the Python of its case's file."""

from __future__ import annotations

import math

from caselab.inspection.columns import Profile
from caselab.inspection.expressions import Node, call, literal, one_by_one, quoted
from caselab.inspection.proposal import Proposal
from caselab.inspection.roles import Used

MOST_LISTED = 50
"""Categories that a contract names; of more, any word passes."""

_ORIGIN = "ORIGIN"
"""A name that stands for itself in the file."""


CONTRACT = '''

def contract() -> pa.DataFrameSchema:
    """Return what every row must keep; ranges leave room beyond what was seen."""
    from pandera.pandas import {names}

    return DataFrameSchema(
        {{
{columns}
        }}
    )
'''


def text(proposal: Proposal) -> str:
    """Return the function `contract`, with a column for each that is kept."""
    found = _columns(proposal) if proposal.moments is None else _columns_of_series(proposal)
    columns = [(f"{name if name is _ORIGIN else quoted(name)}: ", node) for name, node in found]
    body = "\n".join(one_by_one(columns, 3))
    names = [name for name in ("Check", "Column") if f"{name}." in body or f"{name}(" in body]
    return CONTRACT.format(names=", ".join([*names, "DataFrameSchema"]), columns=body)


def _columns(proposal: Proposal) -> list[tuple[str, Node]]:
    made: list[tuple[str, Node]] = [(proposal.id, call("Column", "str", unique="True"))]
    known = {each.name for each in proposal.columns}
    found = [] if proposal.id in known else made
    for used in proposal.columns:
        if proposal.problem in ("tagging", "generation") and used.role in ("seen", "target"):
            sentence = call("Column", "str", nullable="True")  # what has no target is left out
            found.append((used.name, sentence))
        elif used.role != "left out":
            found.append((used.name, _column(used, proposal)))
    return found


def _columns_of_series(proposal: Proposal) -> list[tuple[str, Node]]:
    """Return the columns by which moments are told, and the one that names origins in a question."""
    found = [
        (used.name, _column(used, proposal))
        for used in (*proposal.named("time"), *proposal.named("group"))
    ]
    (target,) = proposal.named("target")
    written = target.profile.written
    options = {"metadata": literal(dict(written))} if written else {}
    value = call("Column", "float", nullable="True", **options)  # moments to come have none
    origin = call("Column", "str", nullable="True", required="False")
    return [*found, (target.name, value), (_ORIGIN, origin)]


def _column(used: Used, proposal: Proposal) -> Node:
    column = used.profile
    options: dict[str, Node] = {"nullable": "True"} if column.missing else {}
    if column.written:
        options["metadata"] = literal(dict(column.written))
    if used.role == "id":
        return call("Column", "int" if _is_whole(column) else "str", unique="True")
    if used.role == "split":
        return call("Column", "str", call("Check.isin", literal(["train", "test"])))
    if used.role == "target" and proposal.classes:
        known = sorted({*proposal.classes, *proposal.rare})
        checks = [call("Check.isin", literal(known))] if len(known) <= MOST_LISTED else []
        options.pop("metadata", None)  # classes are words
        return call("Column", "str", *checks, **options)
    if used.role == "group":
        return call("Column", "str")
    if column.kind in ("number", "whole number"):
        return call("Column", "int" if _is_whole(column) else "float", _range(column), **options)
    if column.kind == "yes or no" and len(column.categories) > 2:  # Yes, yes, NO, no
        return call("Column", quoted("boolean") if column.missing else "bool", **options)
    if column.kind == "date":
        return call("Column", quoted("datetime64[ns]"), **options)
    if column.kind == "picture":
        return call("Column", "object", **options)
    few = column.kind in ("category", "yes or no") and 0 < len(column.categories) <= MOST_LISTED
    checks = [call("Check.isin", literal(sorted(column.categories)))] if few else []
    return call("Column", "str", *checks, **options)


def _is_whole(column: Profile) -> bool:
    """Tell whether all values are whole numbers that floats, too, hold exactly."""
    if column.kind != "whole number" or column.missing:
        return False
    return max(abs(float(column.low)), abs(float(column.high))) < 2**53


def _range(column: Profile) -> Node:
    low, high = _floor(float(column.low)), -_floor(-float(column.high))
    told = quoted(f"{low:,} to {high:,}")
    return call("Check.in_range", literal(low), literal(high), error=told)


def _floor(value: float) -> int | float:
    """Return 0, or the next power of ten that leaves room for twice as much."""
    if value >= 0:
        return 0
    power = 10.0 ** max(0, math.ceil(math.log10(-2 * value)))
    return -int(power) if power < 1e15 else -power
