"""After the stages: runs that waited for MLflow are sent, and each case's candidate meets its gate."""

import threading
from collections.abc import Callable
from contextlib import suppress

from caselab.errors import UserError
from caselab.params import profiles
from caselab.project import places
from caselab.stages import process
from flows import outcomes
from flows.plan import Plan
from flows.scheduling import Ending

TIME_LIMIT = 600.0  # seconds

Work = Callable[[], Ending]
Begin = Callable[[str, frozenset[str], Work], "Callable[[], Ending]"]
"""Begins the work of a gate, which needs stages, beside others; what it returns waits for its end."""


def promote_candidates(
    plan: Plan, endings: dict[str, Ending], cancel: threading.Event, begin: Begin
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
    if plan.request.recorded:
        options = profiles.options(plan.request.recorded)
        return {
            case: f"{case}: not promoted, because values given by {options} are not what "
            "params.yaml says by itself."
            for case in compared
        }
    at_once = threading.Semaphore(max(1, int(plan.params.flow.slots.cores)))

    def promote(case: str) -> Ending:
        with at_once:
            try:
                outcome = process.call_in_fork(
                    "caselab.promotion.promote:promote",
                    (plan.params, case),
                    log=places.log(f"promote@{case}"),
                    time_limit=TIME_LIMIT,
                    cancel=cancel,
                )
            except process.StageStoppedError:
                why = "stopped before its gate had decided. Go on with: "
                return Ending("stopped", why=f"{case}: {why}caselab promote {case}")
            except UserError as error:
                why = f"{case}: not promoted. {error} Then: caselab promote {case}"
                return Ending("failed", why=why)
            except process.StageError as error:
                why = f"{case}: the gate failed, {error}. Go on with: caselab promote {case}"
                return Ending("failed", why=why)
        return Ending("done", why=str(outcome.reason))

    ends = {
        case: begin(f"promote@{case}", frozenset({f"compare@{case}"}), lambda c=case: promote(c))  # type: ignore[misc]
        for case in compared
    }
    return {case: end().why for case, end in ends.items()}


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
