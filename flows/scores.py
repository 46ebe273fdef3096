"""The scores of pipelines that were run by name, beside those that they had before."""

import math
import shutil
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from rich.console import Console

from caselab import numbers
from caselab.cli import tables
from caselab.errors import UserError
from caselab.project import places
from caselab.stages import process
from caselab.storage.files import replacing
from flows.plan import Plan

KEPT = ("metrics.json", "rows/predictions.parquet")
"""Of a report, what its successor is compared with."""
TIME_LIMIT = 120.0  # seconds
NO_GAIN = {"value": math.nan}


def keep(plan: Plan, pipeline: str) -> None:
    """Keep what a report says, which the next evaluation replaces; nothing where there is none."""
    report = places.report(plan.params.pipelines[pipeline].case, pipeline)
    if not (report / KEPT[0]).exists():
        return
    with replacing(places.former_report(pipeline)) as folder:
        for name in filter(lambda name: (report / name).exists(), KEPT):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(report / name, folder / name)


def show(plan: Plan, pipelines: list[str], console: Console) -> None:
    """Print how each of these has come out, by case; what cannot be read is told and fails no run."""
    if not pipelines:
        return
    log = places.log("scores")
    try:
        found = process.call_in_fork(
            "caselab.promotion.standing:standings",
            (plan.params, pipelines),
            log=log,
            time_limit=TIME_LIMIT,
        )
    except (UserError, process.StageError) as error:
        console.print(f"The scores cannot be shown ({error}); {log} says why.", markup=False)
        return
    for (case, metric), rows in groupby(found, key=lambda row: (row["case"], row["metric"])):
        print_scores(case, metric, list(rows))


def print_scores(case: str, metric: str, standings: list[dict[str, Any]]) -> None:
    """Print one case's pipelines, a line for validation and one for test each.

    Above 0 a gain is better, also for a metric of which less is.
    """
    lines = [
        (
            standing["pipeline"] if part == "validation" else "",
            part,
            numbers.score(standing["now"][part]),
            _value(standing["before"].get(part)),
            numbers.gain(**standing["gains"].get(part, NO_GAIN)),
        )
        for standing in standings
        for part in ("validation", "test")
    ]
    columns = ("pipeline", "", ">now", ">before", ">gain")
    short = tables.without(f"{case}-", [standing["pipeline"] for standing in standings])
    title = f"[bold]{case}[/bold] by {metric}"
    tables.console().print(tables.table(columns, lines, title, spare=(">before",), short=short))


def _value(score: Mapping[str, float | None] | None) -> str:
    value = score["value"] if score else None
    return "" if value is None else numbers.number(value)
