from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.tracking import removal, store
from caselab.tracking.registry import Version


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Three runs of one pipeline and one of another, each with a file; the oldest first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("CASELAB_TRACKING", raising=False)
    made: dict[str, list[str]] = {}
    with store.client() as client:
        experiment = client.create_experiment("churn", store.artifacts("churn"))
        for start, pipeline in enumerate(["a", "b", "a", "a"], start=1):
            tags = {"caselab.pipeline": pipeline}
            run = client.create_run(experiment, start_time=start, tags=tags)
            client.log_text(run.info.run_id, "text", "file.txt")
            made.setdefault(pipeline, []).append(run.info.run_id)
        client.create_run(experiment, start_time=0)  # not one of ours
    return made


def version(run_id: str) -> Version:
    return Version("churn", 1, "a", "logistic", "key", run_id, (), {})


def kept() -> set[str]:
    from mlflow.entities import ViewType

    with store.client() as client:
        found = client.search_runs(["1"], "", ViewType.ALL)
    return {run.info.run_id for run in found if "caselab.pipeline" in run.data.tags}


def test_the_newest_runs_stay_and_older_ones_go_with_their_files(runs):
    assert removal.remove_old_runs(keep=1, versions=[]) == 2
    assert kept() == {runs["a"][2], runs["b"][0]}
    assert {folder.name for folder in Path("mlruns/churn").iterdir()} == kept()


def test_a_registered_versions_run_stays(runs):
    assert removal.remove_old_runs(keep=1, versions=[version(runs["a"][0])]) == 1
    assert kept() == {runs["a"][0], runs["a"][2], runs["b"][0]}


def test_dry_only_counts(runs):
    assert removal.remove_old_runs(keep=2, versions=[], dry=True) == 1
    assert len(kept()) == 4


def test_with_tracking_off_nobody_can_tell_what_versions_need(tmp_path, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    with pytest.raises(UserError, match="CASELAB_TRACKING"):
        removal.registered_versions()


def test_a_project_that_never_tracked_has_no_versions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert removal.registered_versions() == []
    assert removal.remove_old_runs(keep=1, versions=[]) == 0
    assert not Path("mlflow.db").exists()


def test_a_version_that_has_lost_its_lock_stops_the_cleaning(tmp_path, monkeypatch):
    monkeypatch.setattr(removal.registry, "folder", lambda _: tmp_path)
    with pytest.raises(UserError, match="Version 1 of churn has lost"):
        list(removal.locks([version("r")]))
    lock = tmp_path / "artifacts/lineage/dvc.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("schema: '2.0'")
    assert list(removal.locks([version("r")])) == [lock]
