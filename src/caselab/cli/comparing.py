"""diff: what is different between two pipelines, or two registered versions."""

from collections.abc import Mapping

from caselab import params
from caselab.cli import tables
from caselab.registry import snapshots
from caselab.registry.snapshots import Snapshot


def diff(one: str, other: str) -> None:
    """Print the settings, inputs and scores in which two pipelines or versions differ."""
    parameters = params.load()
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
    columns = ("score", f">{left.title}", f">{right.title}", ">difference")
    console.print(tables.table(columns, _scores(left, right)))


def differing(left: Mapping[str, str], right: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the names whose values are not equal, with both; empty where one has none."""
    return [
        (name, left.get(name, ""), right.get(name, ""))
        for name in sorted({*left, *right})
        if left.get(name) != right.get(name)
    ]


def _short(hashes: Mapping[str, str]) -> dict[str, str]:
    return {path: digest[:8] for path, digest in hashes.items()}


def _scores(left: Snapshot, right: Snapshot) -> list[tuple[str, str, str, str]]:
    rows = []
    for name in sorted({*left.scores, *right.scores}, key=lambda name: name.partition("/")[::-1]):
        a, b = left.scores.get(name), right.scores.get(name)
        rows.append(
            (
                name.replace("/", " "),
                "" if a is None else f"{a:.4f}",
                "" if b is None else f"{b:.4f}",
                f"{b - a:+.4f}" if a is not None and b is not None else "",
            )
        )
    return rows
