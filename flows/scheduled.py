"""One run of a schedule, as a Prefect flow that `flows.schedules` serves."""

import os
import threading
import time
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from caselab import params as parameters
from caselab.errors import UserError
from caselab.params import Schedule
from caselab.project import places
from flows import checkouts, notices, retraining, watch

ALARM = 1
"""The exit code of a watch by which something has moved."""


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
        arguments = ["flows.tuning", "--while-stdin", pipeline, trials, "--write"]
        code = _call(arguments, folder)[0] or code
    message = f"Record the scheduled run of {schedule}"
    new = checkouts.keep(folder, message)  # or runs would be of params.yaml that nobody keeps
    if wanted.cases:
        refresh = ["--refresh"] * wanted.refresh
        code = _call(["flows.run", "--while-stdin", *wanted.cases, *refresh], folder)[0] or code
    if checkouts.keep(folder, message) or new:
        say("To have it here: git merge %s", checkouts.branch(schedule))
    code = _watch_and_retrain(wanted, folder) or code
    return _score(wanted, folder) or code


def _watch_and_retrain(wanted: Schedule, folder: Path) -> int:
    """Watch cases, then retrain: those that are not watched, and those that raise alarm."""
    failed = 0
    calm = set()
    for case in wanted.watch:
        code, _ = _call(["caselab", "watch", case], folder)
        if code in (0, ALARM):
            watch.show(case)
        else:
            failed = code
        if code == ALARM:
            _tell(folder, watch.SUBJECT.format(case), watch.sentences(case))
        else:
            calm.add(case)
    for case in wanted.retrain:
        if case not in calm:
            why = "the watch raised alarm" if case in wanted.watch else "it was time"
            arguments = ["flows.retraining", "--while-stdin", case, f"--why={why}", "--when-due"]
            code, lines = _call(arguments, Path())
            if code == 0:
                _tell(folder, retraining.SUBJECT.format(case), lines[-1])
            elif code != retraining.NOT_DUE:
                failed = code
    return failed


def _tell(folder: Path, subject: str, text: str) -> None:
    """Have the blocks that are committed tell somebody; what hinders them fails no run."""
    blocks = parameters.load(folder).watching.blocks
    for hindered in notices.send(blocks, subject, text):
        get_run_logger().warning(hindered)


def _score(wanted: Schedule, folder: Path) -> int:
    """Have champions answer for records of the project; the answers go into the project, too."""
    failed = 0
    for case, block in wanted.score.items():
        into = Path(block.into) if block.into else places.scores(case)
        arguments = ["caselab", "score", case, str(Path(block.origin).absolute())]
        arguments += [f"--into={into.absolute()}"]
        arguments += [f"--database={block.database}"] if block.database else []
        failed = _call(arguments, folder)[0] or failed
    return failed


def _call(arguments: list[str], folder: Path) -> tuple[int, list[str]]:
    """Return the exit code of a command in a checkout, and its words, which go to Prefect's log."""
    return checkouts.call(arguments, folder, get_run_logger().info)


def _end_with_service(service: int) -> None:
    """End when the process that serves the schedules is gone, and Prefect's server with it."""
    while os.getppid() == service:
        time.sleep(1)
    os._exit(1)
