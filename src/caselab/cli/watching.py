"""watch, label: whether the world is still what a champion learned from, and what came true."""

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import params
from caselab.cli import tables
from caselab.errors import UserError, unknown
from caselab.numbers import percent
from caselab.params import Params
from caselab.project import places

if TYPE_CHECKING:
    from caselab.watching.watch import Watched
    from caselab.watching.windows import Window

MOST = 25
"""Comparisons that the console shows; the page has all."""
LAST = "last.json"


def watch(case: str, file: Path | None, json: bool) -> bool:
    """Print what has moved, and return whether it is an alarm."""
    parameters = params.load()
    if case not in parameters.cases:
        raise unknown("case", case, parameters.cases)
    console = tables.console()
    watched, page = carry_out(
        parameters, case, file, lambda text: console.print(text, markup=False)
    )
    if json:
        tables.print_json(plain(watched))
        return watched.alarm
    for sentence in watched.sentences():
        console.print(sentence, markup=False)
    rows = [
        (
            change.name,
            change.part,
            "moved" if change.moved else "",
            f"{change.effect:.3f}" if change.part == "quality" else percent(change.effect),
            "" if change.psi is None else f"{change.psi:.3f}",
            f"{change.adjusted:.3f}" if change.adjusted >= 0.001 else "<0.001",
        )
        for change in watched.changes[:MOST]
    ]
    columns = ("compared", "part", "verdict", ">elsewhere", ">PSI", ">p, corrected")
    console.print(tables.table(columns, rows))
    if len(watched.changes) > MOST:
        console.print(f"{len(watched.changes) - MOST} more are on the page.")
    console.print(f"Page: {page}", markup=False)
    return watched.alarm


def carry_out(
    parameters: Params, case: str, file: Path | None, say: Callable[[str], None]
) -> "tuple[Watched, Path]":
    """Watch a case, leave its page and what came of it, and tell who wants to know.

    What hinders MLflow or the notice is said and hinders no watch.
    """
    from caselab.pages import watch_page  # Jinja
    from caselab.storage.files import write_json
    from caselab.tracking.store import StoreError
    from caselab.watching import notices
    from caselab.watching.watch import watch as look  # scipy

    watched = look(parameters, case, _of_file(case, file))
    write_json(places.watched(case) / LAST, plain(watched))
    page = watch_page.write(watched)
    try:
        watch_page.publish(watched)
    except StoreError as error:
        say(f"MLflow has no copy of the page: {error}")
    webhook = parameters.watching.webhook
    if watched.alarm and webhook:
        told = notices.send(webhook, "\n".join(watched.sentences()), {"case": case})
        if told is not None:
            say(told)
    return watched, page


def plain(watched: "Watched") -> dict[str, Any]:
    """Return what came of a watch as plain data."""
    found: dict[str, Any] = _plain(asdict(watched))
    return found | {
        "alarm": watched.alarm,
        "answers_touched": watched.answers_touched,
        "sentences": watched.sentences(),
    }


def _plain(value: Any) -> Any:
    """Return plain data, with None for what is no number, as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _of_file(case: str, file: Path | None) -> "Window":
    from caselab.registry import asking
    from caselab.sources.own import tables as records
    from caselab.watching.windows import Window

    if file is None:
        raise UserError("Name a file of records to watch: CSV, Parquet or Excel.")
    if not file.is_file():
        raise UserError(f"There is no file {file}; name one of records: CSV, Parquet or Excel.")
    return Window(records.read(file, words=asking.words([case])), file.name)
