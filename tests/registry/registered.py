"""Versions in a real registry, with models that are only names."""

import json
from pathlib import Path

import pytest

from caselab.registry import champions, digests, lineage, versions
from caselab.registry.history import Event
from caselab.registry.versions import Version
from caselab.storage.files import write_json
from caselab.tracking import run_writer, store


def register(pipeline: str) -> Version:
    with store.client() as client:
        home = run_writer.experiment(client, "churn")
        run = client.create_run(home)
        model = client.create_logged_model(home, pipeline, run.info.run_id)
        folder = Path(model.artifact_location.removeprefix("file://"))
        folder.mkdir(parents=True)
        (folder / "weights").write_text(pipeline)
        write_json(folder / "artifacts" / lineage.FOLDER / "pipeline.json", {"decision": {}})
        gained = json.dumps({"over baseline": {"value": 0.2, "low": 0.1, "high": 0.3}})
        tags = {"caselab.pipeline": pipeline, "caselab.candidate": f"key of {pipeline}"}
        tags |= {"caselab.scores": gained, "caselab.git_commit": "0" * 40}
        tags[digests.TAG] = digests.keep(folder)
        return versions.register(client, "churn", model.model_id, run.info.run_id, tags)


def decide_on(version: Version, what: str = "promoted") -> None:
    event = Event(
        what=what, version=version.number, key=version.key, pipeline=version.pipeline, why="so"
    )
    with store.client() as client:
        champions.give_alias(client, version, event)
        champions.refresh(client, "churn")


@pytest.fixture
def three_champions(project: Path) -> list[Version]:
    """Three champions, one after the other."""
    versions = [register(name) for name in ("churn-svm", "churn-logistic", "churn-mlp")]
    for version in versions:
        decide_on(version)
    return versions


def champion() -> int:
    return champions.champion("churn")["version"]
