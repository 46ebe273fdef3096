"""The page of each case, made when its champion is known, and kept in MLflow."""

import threading
from collections.abc import Callable
from contextlib import suppress

from caselab.errors import UserError
from caselab.project import leaderboards, places
from caselab.stages import process
from flows.plan import Plan

TIME_LIMIT = 120.0  # seconds


def write(
    plan: Plan, cases: list[str], cancel: threading.Event, tell: Callable[[str], None]
) -> None:
    """Write the page of each case that has a leaderboard; what fails is told and fails no run."""
    for case in cases:
        with suppress(UserError, process.StageStoppedError):  # MLflow is away, say
            if leaderboards.read(case) is None:
                continue
            log = places.log(f"report@{case}")
            try:
                process.call_in_fork(
                    "caselab.pages.case_page:publish",
                    (plan.params, case),
                    log=log,
                    time_limit=TIME_LIMIT,
                    cancel=cancel,
                )
            except process.StageError as error:
                tell(f"The page of {case} could not be made ({error}); {log} says why.")
