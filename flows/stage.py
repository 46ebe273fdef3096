"""One stage of a run: from what it leaves when it is done, to what is recorded of it."""

import shutil
import threading
import time
from collections.abc import Callable

from caselab.project import addresses, places
from caselab.stages import OnEpoch, process
from flows import scores
from flows.plan import Plan
from flows.scheduling import Ending


def run(
    plan: Plan,
    address: str,
    *,
    attempt: int,
    cancel: threading.Event,
    on_start: Callable[[], None],
    on_epoch: OnEpoch,
) -> Ending:
    """Restore a stage from DVC's run cache or run it in a process of its own, and record it.

    Raises:
        UserError, StageError: if it fails.
        StageStoppedError: if `cancel` was set.
    """
    process.await_server(cancel)
    began = time.monotonic()
    stage = plan.dag.stages[address]
    log = places.log(address)
    if attempt == 1:
        log.unlink(missing_ok=True)
    if cancel.is_set():
        raise process.StageStoppedError
    if addresses.evaluates(address):
        scores.keep(plan, stage.name)
    how = plan.dag.opened.start(address, force=address in plan.forced)
    if how == "unchanged":
        return Ending("unchanged")
    if how == "written":
        return Ending("done", time.monotonic() - began)
    provenance = plan.dag.opened.provenance(address)
    if how == "restored":
        for part in addresses.LEAVES.get(stage.verb, ()):  # its run may be elsewhere, or gone
            arguments = (plan.params, stage.name, provenance.run, provenance.inputs)
            process.call_in_fork(
                "caselab.tracking.runs:publish",
                arguments,
                {"stage": part},
                log=log,
                cancel=cancel,
            )
        return Ending("restored", time.monotonic() - began)
    if attempt == 1 and address in plan.forced:  # nothing of an earlier run counts
        shutil.rmtree(places.checkpoints(provenance.run), ignore_errors=True)
    on_start()
    process.run_in_fork(
        stage.verb,
        stage.name,
        log=log,
        time_limit=plan.limits(address).time_limit,
        params=plan.params,  # what the plan was made of, whatever the file says by now
        provenance=provenance,
        cancel=cancel,
        on_epoch=on_epoch,
    )
    plan.dag.opened.finish(address)
    return Ending("done", time.monotonic() - began)
