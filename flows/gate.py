"""After the stages: runs that waited for MLflow, each case's gate, its leaderboard on Prefect's page."""

import threading
from contextlib import suppress
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from caselab.cli import looking
from caselab.errors import UserError
from caselab.project import leaderboards, places
from caselab.stages import process
from flows.plan import Plan
from flows.scheduling import Ending

GOOD = {"done", "restored", "unchanged"}
TIME_LIMIT = 600.0  # seconds


def meet(plan: Plan, endings: dict[str, Ending], cancel: threading.Event) -> dict[str, str]:
    """Let the candidate of each case that was compared anew meet its champion.

    Returns what came of it in a sentence each, by case. What keeps a candidate from promotion, were it an
    MLflow server that is down, fails no run: the results are there.
    """
    compared = [case for case in plan.cases() if endings[f"compare@{case}"].outcome in GOOD]
    if compared or any(places.pending().glob("*")):
        _send_what_waits(plan, cancel)
    if not compared or not plan.request.promote:
        return {}
    if plan.request.overrides:
        return {
            case: f"{case}: not promoted, because values given by --set are not in params.yaml."
            for case in compared
        }
    at_once = threading.Semaphore(max(1, int(plan.params.flow.slots.cores)))

    @task(name="promote", persist_result=False, cache_policy=NO_CACHE)
    def promote(case: str) -> str:
        with at_once:
            outcome = process.call_in_fork(
                "caselab.promotion.promote:promote",
                (plan.params, case),
                log=places.log(f"promote@{case}"),
                time_limit=TIME_LIMIT,
                cancel=cancel,
            )
        return str(outcome.reason)

    futures = {
        case: promote.with_options(task_run_name=f"promote@{case}").submit(case)
        for case in compared
    }
    return {case: _words(case, future) for case, future in futures.items()}


def _send_what_waits(plan: Plan, cancel: threading.Event) -> None:
    """Write the runs that MLflow has not heard of; what still waits then, the summary tells."""
    with suppress(UserError, process.StageError, process.StageStoppedError):
        process.call_in_fork(
            "caselab.tracking.runs:publish_pending",
            (plan.params,),
            log=places.log("publish"),
            time_limit=TIME_LIMIT,
            cancel=cancel,
        )


def show(cases: list[str]) -> None:
    """Leave each case's leaderboard as an artifact on Prefect's page, linked to MLflow's."""
    for case in cases:
        if board := leaderboards.read(case):
            create_markdown_artifact(
                markdown(looking.with_costs(board)),
                key=f"leaderboard-{case}".replace("_", "-").lower(),
                description=f"{case} by {board['metric']}",
            )


def markdown(board: dict[str, Any]) -> str:
    """Return a leaderboard as a Markdown table; a pipeline's name leads to its run."""
    lines = [
        "| | pipeline | architecture | validation | test | seconds |",
        "|--:|---|---|---|---|--:|",
    ]
    for rank, row in enumerate(board["rows"], start=1):
        name = f"[{row['pipeline']}]({row['url']})" if row["url"] else row["pipeline"]
        scores = f"{_score(row['validation'])} | {_score(row['test'])}"
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
        lines.append(f"| {rank} | {name} | {row['architecture']} | {scores} | {seconds} |")
    for figure in board["published"]:
        lines += ["", f"Published: {figure['figure']} {figure['value']} ({figure['source']})"]
    return "\n".join(lines)


def _score(score: dict[str, float | None]) -> str:
    if score["value"] is None:
        return ""
    if score.get("low") is None:
        return f"{score['value']:.4f}"
    return f"{score['value']:.4f} ({score['low']:.4f} to {score['high']:.4f})"


def _words(case: str, promotion: PrefectFuture[str]) -> str:
    try:
        return promotion.result()
    except process.StageStoppedError:
        return f"{case}: stopped before its gate had decided. Go on with: caselab promote {case}"
    except UserError as error:
        return f"{case}: not promoted. {error} Then: caselab promote {case}"
    except process.StageError as error:
        return f"{case}: the gate failed, {error}. Go on with: caselab promote {case}"
