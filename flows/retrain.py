"""A retraining as a Prefect flow: a deployment (prefect.yaml) with plain parameters.

`caselab schedule` retrains too, by `retrain` in a schedule (flows/scheduled.py).
"""

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from caselab import params as parameters
from caselab.project import places
from flows import notices, retraining


def _name() -> str:
    return f"retrain {flow_run.parameters['case']}"


@flow(name="retrain", flow_run_name=_name, persist_result=False)
def retrain(case: str, why: str = "it was asked for", anyway: bool = False) -> State:
    """Make a new candidate of a case of what is known now, and let it meet the gate.

    Args:
        case: of params.yaml.
        why: what is told of it in the case's history.
        anyway: also if it was retrained only lately.
    """
    places.enter_root()
    params, say = parameters.load(), get_run_logger().info
    outcome = retraining.carry_out(params, case, why, say, anyway=anyway)
    subject = retraining.SUBJECT.format(case)
    for hindered in notices.send(params.watching.blocks, subject, outcome.sentence):
        say(hindered)
    create_markdown_artifact(
        outcome.sentence,
        key=f"retrain-{case}".replace("_", "-").lower(),
        description=f"What came of retraining {case}.",
    )
    return Completed(message=outcome.sentence)
