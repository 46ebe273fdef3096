"""diff: what is different between two pipelines, or two registered versions."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.markup import escape

from caselab import numbers, params
from caselab.cli import tables
from caselab.errors import UserError
from caselab.params import Params
from caselab.registry import snapshots
from caselab.registry.snapshots import Snapshot

if TYPE_CHECKING:
    from caselab.evaluation.comparison import Gain


def diff(one: str, other: str) -> None:
    """Print the settings, inputs and scores in which two pipelines or versions differ."""
    parameters = params.load()
    cases = [_case(parameters, name) for name in (one, other)]
    if None not in cases and cases[0] != cases[1]:
        raise UserError(
            f"{one} is of the case {cases[0]} and {other} of {cases[1]}, whose scores cannot be "
            "compared; name two of one case."
        )
    left, right = snapshots.take(parameters, one), snapshots.take(parameters, other)
    console = tables.console()
    for title, rows in (
        ("settings", differing(left.settings, right.settings)),
        ("made from", differing(_short(left.inputs), _short(right.inputs))),
    ):
        if rows:
            console.print(tables.table((title, f"~{left.title}", f"~{right.title}"), rows))
        else:
            console.print(f"{title}: equal")
    gains = _gains(parameters, one, other)
    columns = ("score", f">{left.title}", f">{right.title}", f">gain of {right.title}")
    prefix = f"{cases[0]}-"
    short = {f">{title}": f">{title.removeprefix(prefix)}" for title in (left.title, right.title)}
    short[columns[-1]] = ">gain"
    console.print(tables.table(columns, _scores(left, right, gains), short=short))
    if gains:
        console.print(
            f"[dim]Above 0 {escape(right.title)} is better, also where less is; in brackets 95 % "
            "intervals of the difference on the same rows and folds."
        )


def _case(parameters: Params, name: str) -> str | None:
    """Return the case of a pipeline or version; None of a name that is neither."""
    case, at, _ = name.partition("@")
    if at:
        return case if case in parameters.cases else None
    return parameters.pipelines[name].case if name in parameters.pipelines else None


def _gains(parameters: Params, one: str, other: str) -> "Mapping[str, Gain]":
    """Return the gains of two pipelines; a version's answers to the test rows are not kept."""
    if not {one, other} <= parameters.pipelines.keys():
        return {}
    from caselab.promotion import gains  # pandas

    return gains.between(parameters, one, other)


def differing(left: Mapping[str, str], right: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the names whose values are not equal, with both; empty where one has none."""
    return [
        (name, left.get(name, ""), right.get(name, ""))
        for name in sorted({*left, *right})
        if left.get(name) != right.get(name)
    ]


def _short(hashes: Mapping[str, str]) -> dict[str, str]:
    return {path: digest[:8] for path, digest in hashes.items()}


def _scores(
    left: Snapshot, right: Snapshot, gains: "Mapping[str, Gain]"
) -> list[tuple[str, str, str, str]]:
    rows = []
    for name in sorted({*left.scores, *right.scores}, key=lambda name: name.partition("/")[::-1]):
        a, b = left.scores.get(name), right.scores.get(name)
        rows.append(
            (
                name.replace("/", " "),
                "" if a is None else f"{a:.4f}",
                "" if b is None else f"{b:.4f}",
                _gain(gains.get(name), a, b),
            )
        )
    return rows


def _gain(gain: "Gain | None", a: float | None, b: float | None) -> str:
    """Return the gain with its interval where it is known, else the plain difference."""
    if gain is None or math.isnan(gain.value):
        return numbers.signed(b - a) if a is not None and b is not None else ""
    return numbers.gain(gain.value, gain.low, gain.high)
