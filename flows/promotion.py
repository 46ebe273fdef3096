"""After the stages: runs that waited for MLflow are sent, and each case's candidate meets its gate."""

import threading
from contextlib import suppress

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from caselab.errors import UserError
from caselab.project import places
from caselab.stages import process
from flows import outcomes
from flows.plan import Plan
from flows.scheduling import Ending

TIME_LIMIT = 600.0  # seconds


def promote_candidates(
    plan: Plan, endings: dict[str, Ending], cancel: threading.Event
) -> dict[str, str]:
    """Promote the candidate of each case that was compared anew, if its gate lets it.

    Returns what came of it in a sentence each, by case. What keeps a candidate from promotion, were it an
    MLflow server that is down, fails no run: the results are there.
    """
    compared = outcomes.compared(plan, endings)
    if compared or any(places.pending().glob("*")):
        _publish_pending(plan, cancel)
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


def _publish_pending(plan: Plan, cancel: threading.Event) -> None:
    """Write the runs that MLflow has not heard of; what still waits then, the summary tells."""
    with suppress(UserError, process.StageError, process.StageStoppedError):
        process.call_in_fork(
            "caselab.tracking.runs:publish_pending",
            (plan.params,),
            log=places.log("publish"),
            time_limit=TIME_LIMIT,
            cancel=cancel,
        )


def _words(case: str, promotion: PrefectFuture[str]) -> str:
    try:
        return promotion.result()
    except process.StageStoppedError:
        return f"{case}: stopped before its gate had decided. Go on with: caselab promote {case}"
    except UserError as error:
        return f"{case}: not promoted. {error} Then: caselab promote {case}"
    except process.StageError as error:
        return f"{case}: the gate failed, {error}. Go on with: caselab promote {case}"
