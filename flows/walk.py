"""A run as Prefect sees it: a flow, in which every stage and every gate is a task.

Started beside a run of this project (flows/report.py), which it follows, or as a deployment
(prefect.yaml) with plain parameters, which is then the run itself.
"""

import threading
from contextvars import ContextVar
from typing import Any

from prefect import flow, get_run_logger, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from caselab.numbers import counted
from caselab.project import places
from caselab.project.locks import one_run
from caselab.stages import fork_server
from flows import leaderboard_page, marks, outcomes, summary
from flows import plan as plans
from flows.plan import Request
from flows.progress import Lines
from flows.session import Session, Step

_followed: ContextVar[Session | None] = ContextVar("followed", default=None)


def follow(session: Session) -> None:
    """Tell Prefect of a run as it goes on in this process."""
    request = session.plan.request
    _followed.set(session)
    with tags(*marks.tags()):
        run(
            list(request.targets),
            list(request.overrides),
            request.force,
            request.refresh,
            request.promote,
            return_state=True,
        )


def _name() -> str:
    return " ".join(flow_run.parameters.get("targets") or ["everything"])


@flow(
    name="caselab",
    flow_run_name=_name,
    task_runner=ThreadPoolTaskRunner(),  # type: ignore[arg-type]
    persist_result=False,
)
def run(
    targets: list[str] | None = None,
    overrides: list[str] | None = None,
    force: bool = False,
    refresh: bool = False,
    promote: bool = True,
) -> State:
    """Run what is stale of `targets` (all if none is named), then promote.

    Args:
        targets: cases, case studies, pipelines, views, sources or stages.
        overrides: values for this run, such as `pipelines.churn-mlp.training.learning_rate=0.01`.
        force: run also what is up to date.
        refresh: fetch the sources anew.
        promote: let each case's best candidate meet the champion.
    """
    if session := _followed.get():
        return _follow(session)
    places.enter_root()
    request = Request(tuple(targets or ()), tuple(overrides or ()), force, refresh, promote)
    say = get_run_logger().info
    with one_run(say):
        plan = plans.make(request)
        fork_server.warm(plan.verbs())
        session = Session(plan, Lines(say))
        work = threading.Thread(target=session.carry_out)
        work.start()
        try:
            state = _follow(session)
        except BaseException:  # Prefect ends this run, or its server does
            session.cancel.set()
            raise
        finally:
            work.join()
    for line in summary.lines(plan, session.endings, session.promotions, stopped=False):
        say(line)
    return state


def _follow(session: Session) -> State:
    """Have a task for each step, linked to those it needs, until the run has ended."""
    futures: dict[str, PrefectFuture[Any]] = {}
    while step := session.steps.get():
        futures[step.address] = _task(session, step).submit(
            wait_for=[futures[need] for need in step.needs if need in futures]
        )
    for future in futures.values():
        future.wait()
    if session.cancel.is_set():
        return Cancelled(message="Stopped; what was finished is recorded.")
    leaderboard_page.show(outcomes.compared(session.plan, session.endings))
    failed = [a for a, ending in session.endings.items() if ending.outcome == "failed"]
    if failed:
        return Failed(message=f"Failed: {', '.join(failed)}.")
    return Completed(message=f"{counted(len(session.endings), 'stage')}.")


def _task(session: Session, step: Step) -> Any:
    @task(persist_result=False, cache_policy=NO_CACHE)
    def follow_step() -> State:
        ending = step.ending.result()
        words = ending.why or f"{ending.outcome} in {ending.seconds:.1f} s"
        log = get_run_logger()
        log.info("%s: %s", step.address, words)
        good = ending.outcome in outcomes.GOOD
        if good and (told := marks.of_stage(session.plan.params, step.address)):
            log.info(told)
        states = {"failed": Failed, "stopped": Cancelled}
        return states.get(ending.outcome, Completed)(message=words)

    verb = step.address.partition("@")[0]
    return follow_step.with_options(name=verb, task_run_name=step.address)
