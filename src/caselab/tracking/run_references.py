"""Where MLflow has each pipeline's run: remembered beside the store, so that asking costs nothing."""

import json
from dataclasses import asdict, dataclass

from caselab.project import places
from caselab.storage.files import write_json
from caselab.tracking import store

TRAINING = "seconds/train"
PER_THOUSAND = "seconds/1000_answers"
"""What a run's metrics are called that a leaderboard shows beside the scores."""


@dataclass(frozen=True)
class RunReference:
    """Where a pipeline's run is, and what a leaderboard shows of it beside the scores."""

    key: str
    store: str | None
    run_id: str | None
    """None while the run waits for its store."""
    page: str | None
    """Of the run, behind MLflow's address."""
    seconds: float | None
    """Of training; None where it was restored and not run here."""
    per_thousand: float | None
    """Seconds for 1,000 answers; None likewise."""

    @property
    def url(self) -> str | None:
        """Where a browser finds the run, as things stand now."""
        return store.page(self.page) if self.page else None


def known(pipeline: str) -> RunReference | None:
    """Return what was last noted of a pipeline's run, None where nothing readable was."""
    try:
        noted = places.run_reference(pipeline).read_text(encoding="utf-8")
        return RunReference(**json.loads(noted))
    except (OSError, ValueError, TypeError):
        return None


def keep(pipeline: str, reference: RunReference) -> None:
    """Note where a pipeline's run is."""
    write_json(places.run_reference(pipeline), asdict(reference))
