"""watch, label: whether the world is still what a champion learned from, and what came true."""

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import params
from caselab.cli import tables
from caselab.errors import UserError
from caselab.numbers import chance, counted, percent
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
    parameters.known(case)
    console = tables.console()
    from caselab.watching.watch import TooFewError

    try:
        watched, page = carry_out(
            parameters, case, file, lambda text: console.print(text, markup=False)
        )
    except TooFewError as error:
        if file is not None:
            raise
        console.print(str(error), markup=False)  # there will be more
        return False
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
            chance(change.adjusted),
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

    (places.watched(case) / LAST).unlink(missing_ok=True)
    window = _of_log(parameters, case) if file is None else _of_file(case, file)
    watched = look(parameters, case, window)
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


def label(case: str, file: Path, *, replace: bool) -> None:
    """Keep labels of requests, and say how many there are now."""
    import pandas as pd

    from caselab.registry import asking
    from caselab.serving import requests
    from caselab.watching import labels

    params.load().known(case)
    log = requests.read(case)
    if not len(log):
        raise _no_requests(case)
    known = pd.concat([log[labels.KEY], requests.records(log)], axis="columns")
    added = labels.add(
        case, asking.read(file, [case], "labels", [labels.REQUEST]), known, replace=replace
    )
    told = [f"{added.new:,} new"]
    told += [f"{added.known:,} known already"] if added.known else []
    told += [f"{added.replaced:,} replaced"] if added.replaced else []
    told += [f"{added.without:,} without a label left out"] if added.without else []
    labelled = counted(len(labels.read(case)), "record")
    tables.console().print(
        f"{case}: {', '.join(told)}; {labelled} of {len(log):,} that were asked "
        f"{'has' if labelled == '1 record' else 'have'} a label now.",
        markup=False,
    )


def _of_log(parameters: Params, case: str) -> "Window":
    """Return the latest of what a case's champion has answered, also on trial or before, with its labels."""
    import pandas as pd

    from caselab import cases
    from caselab.registry import champions
    from caselab.serving import requests
    from caselab.watching import labels
    from caselab.watching.windows import Window

    champion = champions.present(case)
    log = requests.read(case, version=champion["version"]).tail(parameters.watching.window)
    if not len(log):
        raise _no_requests(case)
    log = log.reset_index(drop=True)
    records, known = requests.records(log), cases.load(case)
    hidden = [name for name in known.contract().columns if name not in records]
    together = pd.concat([log[labels.KEY], records], axis="columns")
    records = labels.beside(case, together).drop(columns=labels.KEY)
    answers = requests.answers(log)
    if known.aggregate is not None and known.id in answers:  # each stands at all its records
        answers = answers.drop_duplicates(known.id, ignore_index=True)
    return Window(records, f"the last {counted(len(log), 'request')}", answers, hidden)


def _no_requests(case: str) -> UserError:
    from caselab.watching.watch import TooFewError

    return TooFewError(
        f"No request has been logged that the champion of {case} has answered; `caselab serve {case}` "
        "logs them, or name a file of records."
    )


def _of_file(case: str, file: Path) -> "Window":
    from caselab.registry import asking
    from caselab.watching.windows import Window

    return Window(asking.read(file, [case]), file.name)
