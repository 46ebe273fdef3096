"""A watch as a Prefect flow: a deployment (prefect.yaml) with plain parameters.

`caselab schedule` watches too, by `watch` in a schedule (flows/scheduled.py).
"""

import json
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from caselab import params as parameters
from caselab.cli import watching
from caselab.numbers import percent
from caselab.project import places
from flows import notices

SUBJECT = "caselab: {} has moved"
"""What a notice is headed by."""

MOST = 30
"""Comparisons that the artifact shows."""


def _name() -> str:
    return f"watch {flow_run.parameters['case']}"


@flow(name="watch", flow_run_name=_name, persist_result=False)
def watch(case: str, file: str | None = None) -> State:
    """Say whether a case's records, answers and quality are still what its champion learned from.

    Args:
        case: of params.yaml.
        file: raw records; by default the latest of the log of requests.
    """
    from caselab.watching.watch import TooFewError  # scipy

    place = None if file is None else Path(file).absolute()
    places.enter_root()
    say = get_run_logger().info
    params = parameters.load()
    try:
        watched, _ = watching.carry_out(params, case, place, say)
    except TooFewError as error:
        if file is not None:
            raise
        say(str(error))  # there will be more
        return Completed(message=str(error))
    for sentence in watched.sentences():
        say(sentence)
    show(case)
    if watched.alarm:
        for hindered in notices.send(params.watching.blocks, SUBJECT.format(case), sentences(case)):
            say(hindered)
    return Completed(message=watched.sentences()[0])


def sentences(case: str) -> str:
    """Return what a case's last watch told, a sentence a line."""
    found = json.loads((places.watched(case) / watching.LAST).read_text(encoding="utf-8"))
    return "\n".join(found["sentences"])


def show(case: str) -> None:
    """Leave what came of a case's last watch as an artifact on Prefect's page."""
    file = places.watched(case) / watching.LAST
    if not file.exists():  # too few requests yet
        return
    found = json.loads(file.read_text(encoding="utf-8"))
    create_markdown_artifact(
        markdown(found),
        key=f"watch-{case}".replace("_", "-").lower(),
        description=f"Whether {case} has moved.",
    )


def markdown(found: dict[str, Any]) -> str:
    """Return what came of a watch as Markdown."""
    lines = [
        "\n\n".join(found["sentences"]),
        "",
        "| | | elsewhere | p, corrected | learned | now |",
    ]
    lines.append("|---|---|--:|--:|---|---|")
    for change in found["changes"][:MOST]:
        verdict = "**moved**" if change["moved"] else ""
        is_quality = change["part"] == "quality"
        effect = f"{change['effect']:.3f}" if is_quality else percent(change["effect"])
        before, now = (change[side].replace("|", "/") for side in ("before", "now"))
        name = change["name"].replace("|", "/")
        lines.append(
            f"| {name} | {verdict} | {effect} | {change['adjusted']:.3f} | {before} | {now} |"
        )
    return "\n".join(lines)
