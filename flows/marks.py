"""What Prefect's page shows of a run beside its stages: project and commit, scores, MLflow's page."""

import json
from pathlib import Path

from caselab.numbers import number, score
from caselab.params import Params
from caselab.params.checks import fact
from caselab.project import addresses, git, places
from caselab.tracking import run_references


def tags() -> list[str]:
    """Return what a run is tagged with: one server may show the runs of several projects."""
    commit = git.commit()
    changed = "-changed" if git.uncommitted() else ""
    return [f"project:{Path.cwd().name}", *([f"commit:{commit[:8]}{changed}"] if commit else [])]


def of_stage(params: Params, address: str) -> str | None:
    """Return what a stage's log says of its pipeline once that is evaluated: scores and a link."""
    if not addresses.evaluates(address):
        return None
    name = address.partition("@")[2]
    case = params.pipelines[name].case
    metric = fact(case, "metric")
    try:
        text = (places.report(case, name) / "metrics.json").read_text(encoding="utf-8")
        found = json.loads(text)
        validation, (low, high) = found["validation"][metric], found["interval"][metric]
        test = score({"value": found["test"][metric], "low": low, "high": high})
    except (OSError, ValueError, KeyError):  # told by whoever needs them
        return None
    run = run_references.known(name)
    shown = "not defined" if validation is None else number(validation)
    link = f"; MLflow: {run.url}" if run and run.url else ""
    return f"{metric} {shown} on validation, {test or 'not defined'} on test{link}"
