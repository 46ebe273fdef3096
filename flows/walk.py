"""The flow: every stale stage a Prefect task with a process of its own, then the gate of each case.

Started by `python -m flows.run`, or as a deployment (prefect.yaml) with plain parameters.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prefect import Task, flow, get_run_logger, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import CancelledRun, FailedRun, TerminationSignal
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run, task_run
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from caselab.errors import UserError
from caselab.project import places
from caselab.project.locks import one_run
from caselab.stages import fork_server, process
from caselab.tracking import store
from flows import (
    case_pages,
    leaderboard_page,
    marks,
    outcomes,
    promotion,
    stage,
    summary,
)
from flows import plan as plans
from flows.durations import Durations
from flows.plan import Plan, Request
from flows.progress import Display, Lines
from flows.scheduling import Ending, Schedule, Submit


@dataclass
class Session:
    """A run that was prepared, and what comes of it."""

    plan: Plan
    display: Display
    cancel: threading.Event = field(default_factory=threading.Event)
    endings: dict[str, Ending] = field(default_factory=dict)
    promotions: dict[str, str] = field(default_factory=dict)
    """What came of each case's candidate, in a sentence."""


_prepared: ContextVar[Session | None] = ContextVar("prepared", default=None)


def carry_out(session: Session) -> None:
    """Run the flow in this process with a plan that is made already; the session holds the rest."""
    request = session.plan.request
    _prepared.set(session)
    try:
        with tags(*marks.tags()):
            run(
                list(request.targets),
                list(request.overrides),
                request.force,
                request.refresh,
                request.promote,
            )
    except (FailedRun, CancelledRun):
        return  # the session tells
    except TerminationSignal:
        session.cancel.set()
    finally:
        _prepared.set(None)


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
    if session := _prepared.get():
        return _walk(session)
    places.enter_root()
    request = Request(tuple(targets or ()), tuple(overrides or ()), force, refresh, promote)
    say = get_run_logger().info
    with one_run(say):
        plan = plans.make(request)
        fork_server.warm(plan.verbs())
        session = Session(plan, Lines(say))
        state = _walk(session)
    for line in summary.lines(plan, session.endings, session.promotions, stopped=False):
        say(line)
    return state


def _walk(session: Session) -> State:
    plan, durations = session.plan, Durations(session.plan.params)
    plan.dag.tell_of_waiting(_tell_once(session))
    for path in plan.dag.remove_orphans():
        session.display.note(f"Removed {path}: no block of params.yaml owns it any more.")
    for path, place in plan.dag.set_strays_aside().items():
        session.display.note(f"Moved {path} to {place}: no block of params.yaml owns it.")
    _create_store(plan, session.cancel)
    submit = _as_tasks(session, durations)
    schedule = Schedule(plan, submit, session.display, session.cancel, durations)
    session.endings = schedule.endings
    schedule.run()
    if session.cancel.is_set():
        return Cancelled(message="Stopped; what was finished is recorded.")
    session.promotions = promotion.promote_candidates(plan, session.endings, session.cancel)
    compared = outcomes.compared(plan, session.endings)
    leaderboard_page.show(compared)
    case_pages.write(plan, compared, session.cancel, session.display.note)
    failed = [a for a, ending in session.endings.items() if ending.outcome == "failed"]
    if failed:
        return Failed(message=f"Failed: {', '.join(failed)}.")
    return Completed(message=f"{len(session.endings)} stages.")


def _tell_once(session: Session) -> Callable[[str], bool]:
    """Return what notes for what a stage waits, until the run is stopped."""
    told: set[str] = set()

    def tell(word: str) -> bool:
        if word not in told:
            told.add(word)
            session.display.note(word)
        return not session.cancel.is_set()

    return tell


def _create_store(plan: Plan, cancel: threading.Event) -> None:
    """Let MLflow's database be built while the first stages run: it takes seconds."""

    def create() -> None:
        with suppress(
            UserError, process.StageError, process.StageStoppedError
        ):  # told by who writes
            log = places.log("store")
            process.call_in_fork("caselab.tracking.store:create", log=log, cancel=cancel)

    if plan.verbs() & {"train", "evaluate"} and not store.is_off() and not store.identity():
        threading.Thread(target=create, daemon=True).start()


def _as_tasks(session: Session, durations: Durations) -> Submit:
    """Return how a stage becomes a Prefect task, linked to the tasks of what it needs."""
    plan, display, cancel = session.plan, session.display, session.cancel
    futures: dict[str, PrefectFuture[Any]] = {}

    @task(persist_result=False, cache_policy=NO_CACHE)
    def run_stage(address: str) -> Any:
        attempt = task_run.run_count
        try:
            ending = stage.run(
                plan,
                address,
                attempt=attempt,
                cancel=cancel,
                on_start=lambda: display.started(
                    address, durations.expected(address) if durations.known(address) else None
                ),
                on_epoch=partial(display.epoch, address),
            )
            if told := marks.of_stage(plan.params, address):
                get_run_logger().info(told)
            return ending
        except process.StageStoppedError:
            return Cancelled(message="Stopped.")
        except process.StageError as error:
            if attempt <= plan.limits(address).retries:
                display.note(f"{address}: {error}; trying again.")
            raise

    def is_worth_another_try(_: Task[..., Any], __: TaskRun, state: State) -> bool:
        error = state.result(raise_on_failure=False)
        return not isinstance(error, UserError) and not cancel.is_set()

    def submit(address: str, tell: Any) -> None:
        limits, began = plan.limits(address), time.monotonic()
        futures[address] = run_stage.with_options(
            name=plan.dag.stages[address].verb,
            task_run_name=address,
            retries=limits.retries,
            retry_delay_seconds=limits.retry_delay,
            retry_condition_fn=is_worth_another_try,
        ).submit(
            address, return_state=False, wait_for=[futures[need] for need in plan.needs[address]]
        )
        futures[address].add_done_callback(
            lambda future: tell(_ending(future, time.monotonic() - began))
        )

    return submit


def _ending(future: PrefectFuture[Any], seconds: float) -> Ending:
    try:
        future.wait()
        if future.state.is_cancelled():
            return Ending("stopped", seconds)
        result = future.state.result(raise_on_failure=False)
    except BaseException as error:  # Prefect's own end, told as the stage's
        result = error
    if isinstance(result, Ending):
        return result
    if isinstance(result, process.StageError):
        return Ending("failed", seconds, result.reason, result.log)
    if isinstance(result, UserError):
        return Ending("failed", seconds, str(result), users=True)
    return Ending("failed", seconds, f"{type(result).__name__}: {result}")
