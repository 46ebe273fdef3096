"""One run of a schedule, as a Prefect flow that `flows.schedules` serves."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from caselab import params as parameters
from caselab.errors import UserError
from caselab.project import places
from flows import checkouts


def _name() -> str:
    return f"{flow_run.parameters['schedule']} {flow_run.scheduled_start_time:%Y-%m-%d %H:%M:%S}"


@flow(name="scheduled", flow_run_name=_name, persist_result=False)
def scheduled(schedule: str) -> State:
    """Run the cases of `schedule` in its checkout, and keep the resulting dvc.lock on its branch."""
    threading.Thread(target=_end_with_service, args=(os.getppid(),), daemon=True).start()
    try:
        code = _run(schedule)
    except UserError as error:
        return Failed(message=str(error))
    if code:
        return Failed(message=f"The run of {schedule} ended with code {code}; its log says why.")
    return Completed(message=f"The run of {schedule} is done.")


def _run(schedule: str) -> int:
    """Return the exit code of the run, whose words go to Prefect's log."""
    places.enter_root()
    say = get_run_logger().info
    folder = checkouts.refresh(schedule)
    wanted = parameters.load(folder).schedules.get(schedule)
    if wanted is None:
        raise UserError(f"The committed params.yaml has no schedule {schedule}; commit it.")
    code = 0
    for pipeline in wanted.tune:
        trials = f"--trials={wanted.trials}"
        code = _call(["flows.tuning", pipeline, trials, "--write"], folder) or code
    new = checkouts.keep(schedule, folder)  # or runs would be of params.yaml that nobody keeps
    if wanted.cases:
        refresh = ["--refresh"] * wanted.refresh
        code = _call(["flows.run", *wanted.cases, *refresh], folder) or code
    if checkouts.keep(schedule, folder) or new:
        say("To have it here: git merge %s", checkouts.branch(schedule))
    return code


def _call(arguments: list[str], folder: Path) -> int:
    """Return the exit code of a command in a checkout, whose words go to Prefect's log."""
    say = get_run_logger().info
    command = [sys.executable, "-m", arguments[0], "--while-stdin", *arguments[1:]]
    say("%s in %s", " ".join(command), folder)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=checkouts.environment(folder),
        stdin=subprocess.PIPE,  # closes when we end, were it by kill -9
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                say(line.rstrip())
        except BaseException:  # Prefect ends this run
            process.terminate()
            raise
    return process.returncode


def _end_with_service(service: int) -> None:
    """End when the process that serves the schedules is gone, and Prefect's server with it."""
    while os.getppid() == service:
        time.sleep(1)
    os._exit(1)
