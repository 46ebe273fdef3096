"""Scoring a table or query as a Prefect flow: a deployment (prefect.yaml) with plain parameters."""

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from caselab import numbers
from caselab.errors import UserError
from caselab.project import places
from caselab.serving import scoring


def _name() -> str:
    return f"score {flow_run.parameters['case']}"


@flow(name="score", flow_run_name=_name, persist_result=False)
def score(
    case: str, origin: str, into: str | None = None, options: dict[str, Any] | None = None
) -> State:
    """Answer for the records of a file or query with the champion, each only once.

    Args:
        case: of params.yaml.
        origin: a table, or an .sql file; from the project's root.
        into: the folder of the answers; scores/<case>, if none is named.
        options: how to read it, as in a source's block: {database: env:NAME}.
    """
    places.enter_root()
    folder = places.scores(case) if into is None else Path(into)
    try:
        done = scoring.score(case, Path(origin), folder, options)
    except UserError as error:
        return Failed(message=str(error))
    rows = numbers.counted(done.answered, "answer")
    return Completed(message=f"{rows} by version {done.version} came into {folder}.")
