"""`python -m flows.schedules`: serve params.yaml's schedules until Ctrl-C.

Each scheduled run works in a checkout of its own (flows/checkouts.py) on what is committed, and
leaves its dvc.lock on the branch caselab/<schedule>.
"""

import hashlib
import logging
import os
import re
import signal
import sys
import threading
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from caselab import params as parameters
from caselab.errors import UserError, tell
from caselab.params.running import Schedule
from caselab.project import kept, places
from flows import checkouts, server

LOOK = 0.5  # seconds between two looks at whether our own server is up


def main() -> int:
    """Serve; return the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        places.enter_root()
        schedules = parameters.load().schedules
        if not schedules:
            raise UserError("params.yaml has no schedules; write one, as the README shows.")
        _refuse_uncommitted(schedules)
        rhythms = {name: _rhythm(name, schedule) for name, schedule in schedules.items()}
        with server.connected(lasting=True) as url:
            for name, schedule in schedules.items():
                console.print(f"{name}: {_when(schedule)}, {_what(schedule)}")
            console.print(f"Prefect's page: {url.removesuffix('/api')}    Ctrl-C ends the service.")
            retrained = map(checkouts.of_retraining, parameters.load().cases)
            for left in checkouts.remove_all_but([*schedules, *retrained]):
                console.print(
                    f"The schedule of {left} is gone, but not what it left: git merge {left}, or "
                    f"git branch -D {left}.",
                    markup=False,
                )
            _end_what_was_left([_deployment(name) for name in schedules])
            with _ctrl_c_for_this_process(), _ending_with_the_server(url):
                _serve(schedules, rhythms)
    except UserError as error:
        tell(error)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _refuse_uncommitted(schedules: dict[str, Schedule]) -> None:
    committed = checkouts.committed_schedules()
    for name in schedules:
        if name not in committed:
            raise UserError(
                f"The committed params.yaml has no schedule {name}, and a schedule runs what is "
                "committed; commit it."
            )


@contextmanager
def _ctrl_c_for_this_process() -> Iterator[None]:
    """Keep the terminal's Ctrl-C from the processes of runs: they end when they see us gone."""

    def wait() -> None:
        signal.sigwait({signal.SIGINT})
        interrupt_main()

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # our children have it so
    threading.Thread(target=wait, daemon=True).start()
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _ending_with_the_server(url: str) -> Iterator[None]:
    """End in one sentence when Prefect's server is gone: our own is missed within a second.

    Prefect would go on for a minute, and then take another to end, with tracebacks.

    Raises:
        UserError: a server elsewhere is gone.
    """
    gone = UserError(
        f"Prefect's server at {url.removesuffix('/api')} is gone; start `caselab schedule` again."
    )

    ended = threading.Event()

    def watch(ours: list[kept.Kept]) -> None:
        while kept.up("prefect") == ours:
            if ended.wait(LOOK):
                return
        tell(gone)
        sys.stdout.flush()
        os._exit(2)  # runs end when they see us gone

    if (ours := kept.up("prefect")) and url == f"http://127.0.0.1:{ours[0].port}/api":
        threading.Thread(target=watch, args=(ours,), daemon=True).start()
    try:
        yield
    except Exception:
        if server.answers(url, patience=10):
            raise
        raise gone from None
    finally:
        ended.set()


def _end_what_was_left(deployments: list[str]) -> None:
    """Tell Prefect that what a former service had begun runs no more, or nothing would run again.

    A deployment runs once at a time, and a killed run has never given its place back.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
    from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
    from prefect.client.schemas.objects import StateType
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Crashed

    begun = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    with get_client(sync_client=True) as client:
        for name in deployments:
            try:
                deployment = client.read_deployment_by_name(f"scheduled/{name}")
            except ObjectNotFound:
                continue
            for run in client.read_flow_runs(
                deployment_filter=DeploymentFilter.model_validate(
                    {"id": {"any_": [deployment.id]}}
                ),
                flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": begun}}}),
            ):
                ended: Any = Crashed(message="The service that ran it has ended.")
                client.set_flow_run_state(run.id, ended, force=True)
            if limit := deployment.global_concurrency_limit:
                free = GlobalConcurrencyLimitUpdate(active_slots=0)
                client.update_global_concurrency_limit(limit.name, free)


def _serve(schedules: dict[str, Schedule], rhythms: dict[str, Any]) -> None:
    from prefect import serve
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy

    from flows.scheduled import scheduled

    # Or a server that ends is told in a traceback before we tell it.
    logging.getLogger("prefect.FlowRunCancellingObserver").setLevel(logging.ERROR)
    one_at_a_time = ConcurrencyLimitConfig(
        limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
    )
    deployments: list[Any] = [
        scheduled.to_deployment(
            name=_deployment(name),
            parameters={"schedule": name},
            schedule=rhythms[name],
            concurrency_limit=one_at_a_time,  # no queue of those that a long run kept waiting
            tags=[*dict.fromkeys(_named(schedule))],
            description=_what(schedule),
        )
        for name, schedule in schedules.items()
    ]
    serve(*deployments, print_starting_message=False, limit=1)  # they share one machine's slots


def _deployment(schedule: str) -> str:
    """Name a schedule apart from those of other projects, which one Prefect database may hold.

    Of two deployments of one name each service would take the other's runs, and pause them.
    """
    root = Path.cwd()
    digest = hashlib.sha256(bytes(root)).hexdigest()[:6]
    return f"{schedule} of {re.sub(r'[^ .0-9A-Za-z_-]', '-', root.name)} ({digest})"


def _rhythm(name: str, schedule: Schedule) -> Any:
    """Return a schedule as Prefect has it, which alone knows which numbers cron allows."""
    from prefect.schedules import Cron, Interval

    if schedule.cron:
        try:
            return Cron(schedule.cron, timezone=schedule.timezone)
        except ValueError:
            raise UserError(
                f'schedules.{name}.cron is "{schedule.cron}" in params.yaml, which names no time; '
                "its fields are minute, hour, day of the month, month and day of the week, such "
                "as '0 3 * * *'."
            ) from None
    assert schedule.interval
    return Interval(timedelta(seconds=schedule.interval), timezone=schedule.timezone)


def _what(schedule: Schedule) -> str:
    done = [f"tune {pipeline}" for pipeline in schedule.tune]
    done += schedule.cases
    done += [f"watch {case}" for case in schedule.watch]
    done += [
        f"retrain {case}" + " on alarm" * (case in schedule.watch) for case in schedule.retrain
    ]
    done += [f"score {case}" for case in schedule.score]
    return ", ".join(done)


def _named(schedule: Schedule) -> list[str]:
    return [*schedule.cases, *schedule.tune, *schedule.watch, *schedule.retrain, *schedule.score]


def _when(schedule: Schedule) -> str:
    if schedule.cron:
        return f"{schedule.cron} ({schedule.timezone})"
    return f"every {schedule.interval} seconds"


if __name__ == "__main__":
    sys.exit(main())
