"""Nothing that a test does, or starts, reaches a service or a setting that is not the tests' own."""

import os
from pathlib import Path

NOBODY = "9"
"""A port on which nobody listens, and which no user may take."""

FOREIGN = (
    "MLFLOW_", "PREFECT_", "CASELAB_TRACKING", "CASELAB_KEEP_UP", "CASELAB_REQUESTS", "CASELAB_ARTIFACTS",
)  # fmt: skip


def isolated(environment: dict[str, str], home: Path) -> dict[str, str]:
    """Return an environment in which a server, a store or a profile of the user is not found.

    Prefect would look for a server on its usual port and for a profile in its home; MLflow and
    caselab do what variables say.
    """
    ours = {k: v for k, v in environment.items() if not k.startswith(FOREIGN)}
    return ours | {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_API_PORT": NOBODY,
        "CASELAB_KEEP_UP": "0",  # no server of ours outlives its test
    }


def isolate(home: Path) -> None:
    """Make the environment of this process, and of all that it starts, such a one."""
    ours = isolated(dict(os.environ), home)
    os.environ.clear()
    os.environ.update(ours)
