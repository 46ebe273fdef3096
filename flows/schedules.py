"""`python -m flows.schedules`: serve params.yaml's schedules until Ctrl-C.

Each scheduled run works in a checkout of its own (flows/checkouts.py) on what is committed, and
leaves its dvc.lock on the branch caselab/<schedule>.
"""

import hashlib
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from caselab import params as parameters
from caselab.errors import UserError
from caselab.params.blocks import Schedule
from caselab.project import places
from flows import checkouts, server


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
                console.print(f"{name}: {_when(schedule)}, {', '.join(schedule.cases)}")
            console.print(f"Prefect's page: {url.removesuffix('/api')}    Ctrl-C ends the service.")
            _serve(schedules, rhythms)
    except UserError as error:
        sys.stderr.write(f"caselab: {' '.join(str(error).split())}\n")
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


def _serve(schedules: dict[str, Schedule], rhythms: dict[str, Any]) -> None:
    from prefect import serve
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy

    from flows.scheduled import scheduled

    one_at_a_time = ConcurrencyLimitConfig(
        limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
    )
    deployments: list[Any] = [
        scheduled.to_deployment(
            name=_deployment(name),
            parameters={"schedule": name},
            schedule=rhythms[name],
            concurrency_limit=one_at_a_time,  # no queue of those that a long run kept waiting
            tags=list(schedule.cases),
            description=f"caselab run {' '.join(schedule.cases)}",
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


def _when(schedule: Schedule) -> str:
    if schedule.cron:
        return f"{schedule.cron} ({schedule.timezone})"
    return f"every {schedule.interval} seconds"


if __name__ == "__main__":
    sys.exit(main())
