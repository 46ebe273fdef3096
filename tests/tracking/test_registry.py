"""Versions, aliases and history in a real registry, with models that are only names."""

from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.tracking import history, registry, store, writing
from caselab.tracking.history import Event
from caselab.tracking.registry import Version


def register(pipeline: str) -> Version:
    with store.client() as client:
        home = writing.experiment(client, "churn")
        run = client.create_run(home)
        model = client.create_logged_model(home, pipeline, run.info.run_id)
        tags = {"caselab.pipeline": pipeline, "caselab.candidate": f"key of {pipeline}"}
        return registry.register(client, "churn", model.model_id, run.info.run_id, tags)


def judge(version: Version, what: str = "promoted") -> None:
    event = Event(
        what=what, version=version.number, key=version.key, pipeline=version.pipeline, why="so"
    )
    with store.client() as client:
        registry.settle(client, version, event)
        registry.refresh(client, "churn")


@pytest.fixture
def champions(project: Path) -> list[Version]:
    """Three champions, one after the other."""
    versions = [register(name) for name in ("churn-svm", "churn-logistic", "churn-mlp")]
    for version in versions:
        judge(version)
    return versions


def champion() -> int:
    return registry.champion("churn")["version"]


def test_a_case_without_versions_has_no_champion(project):
    assert registry.champion("churn") is None
    assert registry.versions("churn") == []
    assert registry.events("churn") == []
    with pytest.raises(UserError, match="no registered version; run `caselab run churn`"):
        registry.version("churn")


def test_a_folder_may_have_a_space_in_its_name(project, monkeypatch):
    folder = project / "my project"
    folder.mkdir()
    Path("mlflow.db").rename(folder / "mlflow.db")
    monkeypatch.chdir(folder)
    judge(register("churn-svm"))
    assert champion() == 1
    assert [path.name for path in project.iterdir() if path.is_dir()] == ["my project"]


def test_the_last_promoted_version_is_champion_and_older_ones_stay(champions):
    assert champion() == 3
    assert [v.number for v in registry.versions("churn")] == [3, 2, 1]
    assert registry.version("churn", "champion").pipeline == "churn-mlp"
    assert registry.version("churn", 1).pipeline == "churn-svm"
    assert registry.version("churn", "1").aliases == ()
    with pytest.raises(UserError, match="there are 3, 2, 1, champion"):
        registry.version("churn", 9)


def test_who_lost_is_challenger_until_it_wins(champions):
    rival = register("churn-xgboost")
    judge(rival, "lost")
    assert champion() == 3
    assert registry.version("churn", "challenger").number == rival.number
    judge(rival, "promoted")
    assert registry.version("churn", "champion").aliases == ("champion",)


def test_rollbacks_go_back_one_champion_at_a_time_and_are_remembered(champions):
    assert registry.rollback("churn", who="ada")["version"] == 2
    assert registry.rollback("churn")["version"] == 1
    with pytest.raises(UserError, match="no champion before"):
        registry.rollback("churn")
    told = [(event.what, event.version) for event in registry.events("churn")]
    assert told[3:] == [("rolled back", 3), ("rolled back", 2)]
    assert registry.events("churn")[3].who == "ada"


def test_a_promotion_after_a_rollback_can_be_rolled_back_to_the_same_champion(champions):
    registry.rollback("churn")
    judge(register("churn-xgboost"))
    assert registry.rollback("churn")["version"] == 2


def test_a_rollback_passes_over_a_version_that_somebody_deleted(champions):
    with store.client() as client:
        client.delete_model_version("churn", "2")
    assert registry.rollback("churn")["version"] == 1


def test_a_champion_chosen_in_mlflows_page_counts(champions):
    with store.client() as client:
        client.set_registered_model_alias("churn", "champion", "1")
        registry.refresh(client, "churn")
    assert champion() == 1


def test_the_champion_is_remembered_and_only_for_its_own_store(champions, project, monkeypatch):
    note = project / ".caselab/champions/churn.json"
    assert note.exists()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert registry.remembered("churn") is None
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert registry.remembered("churn")["version"] == 3
    note.write_text("{}")
    assert registry.remembered("churn") is None
    assert champion() == 3
    assert registry.remembered("churn")["version"] == 3


def test_without_an_alias_nobody_is_remembered(champions, project):
    with store.client() as client:
        client.delete_registered_model_alias("churn", "champion")
        assert registry.refresh(client, "churn") is None
    assert not (project / ".caselab/champions/churn.json").exists()


def test_answers_without_a_champion_are_refused(project):
    with pytest.raises(UserError, match="no champion yet; run `caselab run churn`"):
        registry.predict("churn", None)


def test_reigns_follow_promotions_and_rollbacks():
    def event(what: str, version: int) -> Event:
        return Event(what=what, version=version, key="", pipeline="", why="")

    told = [event("promoted", 1), event("lost", 2), event("promoted", 3), event("rolled back", 3)]
    assert history.reigns(told) == [1]
    assert history.reigns([*told, event("promoted", 4)]) == [1, 4]
    assert history.reigns([]) == []
