"""A search of settings as a Prefect flow: a deployment (prefect.yaml) with plain parameters.

`caselab schedule` starts searches too, by `tune` in a schedule (flows/scheduled.py).
"""

import threading
from typing import Literal

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from caselab.project import places
from caselab.project.locks import one_run
from caselab.tuning.results import Wish
from flows import tuning


def _name() -> str:
    return f"tune {flow_run.parameters['pipeline']}"


@flow(name="tune", flow_run_name=_name, persist_result=False)
def tune(
    pipeline: str,
    trials: int | None = None,
    within: str | None = None,
    sampler: Literal["tpe", "random", "grid"] = "tpe",
    jobs: int | None = None,
    write: bool = False,
    honest: bool = False,
) -> State:
    """Search a pipeline's settings on training rows; tell what to change in params.yaml.

    Args:
        pipeline: of params.yaml.
        trials: settings to try; 30, and of a grid all.
        within: try for so long, such as 10m.
        sampler: how settings are chosen.
        jobs: trials at once; as many as the slots hold.
        write: write what is found into params.yaml.
        honest: judge by nested validation too.
    """
    places.enter_root()
    say = get_run_logger().info
    wish = Wish(pipeline, sampler, tuning.budget(sampler, trials, within), honest)
    cancel = threading.Event()
    with one_run(say):
        try:
            outcome = tuning.carry_out(wish, (), jobs, cancel, say)
        except BaseException:  # Prefect ends this run
            cancel.set()
            raise
        tuning.tell_of(outcome, say, write=write)
    lines = tuning.summary(outcome)
    shown = "\n\n".join([*lines, *([f"```diff\n{outcome.diff}```"] if outcome.diff else [])])
    key = f"tune-{pipeline.replace('_', '-').lower()}"
    create_markdown_artifact(shown, key=key, description=f"What was found for {pipeline}.")
    return Completed(message=lines[1] if lines[1:] else lines[0])
