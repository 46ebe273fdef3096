"""Classic machine-learning case studies as reproducible pipelines."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caselab.notebook import Workbench

# Nobody is told what is done here, unless the user has decided otherwise.
for _variable, _value in {
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}.items():
    os.environ.setdefault(_variable, _value)


def load(case: str, root: Path | None = None) -> "Workbench":
    """Return a case's data, pipelines, scores and champion, to look at in a notebook.

    root: the project's folder; without it the nearest one upward from the current folder.
    """
    from caselab.notebook import open_case

    return open_case(case, root)
