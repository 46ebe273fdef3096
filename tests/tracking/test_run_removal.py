from pathlib import Path

import pytest

from caselab.tracking import run_removal, store


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


def kept() -> set[str]:
    from mlflow.entities import ViewType

    with store.client() as client:
        found = client.search_runs(["1"], "", ViewType.ALL)
    return {run.info.run_id for run in found if "caselab.pipeline" in run.data.tags}


def test_the_newest_runs_stay_and_older_ones_go_with_their_files(runs):
    assert run_removal.remove(keep=1, needed=[]) == 2
    assert kept() == {runs["a"][2], runs["b"][0]}
    assert {folder.name for folder in Path("mlruns/churn").iterdir()} == kept()


def test_a_run_that_is_needed_stays(runs):
    assert run_removal.remove(keep=1, needed={runs["a"][0]}) == 1
    assert kept() == {runs["a"][0], runs["a"][2], runs["b"][0]}


def test_dry_only_counts(runs):
    assert run_removal.remove(keep=2, needed=[], dry=True) == 1
    assert len(kept()) == 4


def test_a_project_that_never_tracked_has_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert run_removal.remove(keep=1, needed=[]) == 0
    assert not Path("mlflow.db").exists()
