"""Who is champion, and how that changes, in a real registry."""

from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.registry import champions, history, versions
from caselab.tracking import store
from tests.registry.registered import champion, decide_on, register


def test_a_folder_may_have_a_space_in_its_name(project, monkeypatch):
    folder = project / "my project"
    folder.mkdir()
    Path("mlflow.db").rename(folder / "mlflow.db")
    monkeypatch.chdir(folder)
    decide_on(register("churn-svm"))
    assert champion() == 1
    assert [path.name for path in project.iterdir() if path.is_dir()] == ["my project"]


def test_who_lost_is_challenger_until_it_wins(three_champions):
    challenger = register("churn-xgboost")
    decide_on(challenger, "lost")
    assert champion() == 3
    assert versions.version("churn", "challenger").number == challenger.number
    decide_on(challenger, "promoted")
    assert versions.version("churn", "champion").aliases == ("champion",)


def test_a_second_defeat_is_told_too(three_champions):
    challenger = register("churn-xgboost")
    decide_on(challenger, "lost")
    decide_on(challenger, "lost")
    assert [event.what for event in champions.events("churn")][3:] == ["lost", "lost"]


def test_rollbacks_go_back_one_champion_at_a_time_and_are_remembered(three_champions):
    assert champions.rollback("churn", who="ada")["version"] == 2
    assert champions.rollback("churn")["version"] == 1
    with pytest.raises(UserError, match="no champion before"):
        champions.rollback("churn")
    told = [(event.what, event.version) for event in champions.events("churn")]
    assert told[3:] == [("rolled back", 3), ("rolled back", 2)]
    first = champions.events("churn")[3]
    assert first.who == "ada"
    assert first.why.startswith("version 2 (churn-logistic) is champion again")


def test_a_promotion_after_a_rollback_can_be_rolled_back_to_the_same_champion(three_champions):
    champions.rollback("churn")
    decide_on(register("churn-xgboost"))
    assert champions.rollback("churn")["version"] == 2


def test_a_rollback_passes_over_a_version_that_somebody_deleted(three_champions):
    with store.client() as client:
        client.delete_model_version("churn", "2")
    assert champions.rollback("churn")["version"] == 1


def test_no_version_comes_back_whose_files_are_others(three_champions):
    folder = versions.folder(versions.version("churn", 2))
    (folder / "weights").write_text("replaced")
    with pytest.raises(UserError, match=r"Version 2 of churn is not what was registered.*weights"):
        champions.rollback("churn")
    assert champion() == 3
    assert [event.what for event in champions.events("churn")] == ["promoted"] * 3


def test_a_champion_chosen_in_mlflows_page_counts(three_champions):
    with store.client() as client:
        client.set_registered_model_alias("churn", "champion", "1")
        champions.refresh(client, "churn")
    assert champion() == 1


def test_the_champion_is_remembered_and_only_for_its_own_store(
    three_champions, project, monkeypatch
):
    note = project / ".caselab/champions/churn.json"
    assert note.exists()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert champions.remembered("churn") is None
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert champions.remembered("churn")["version"] == 3
    note.write_text("{}")
    assert champions.remembered("churn") is None
    assert champion() == 3
    assert champions.remembered("churn")["version"] == 3


def test_without_an_alias_nobody_is_remembered(three_champions, project):
    with store.client() as client:
        client.delete_registered_model_alias("churn", "champion")
        assert champions.refresh(client, "churn") is None
    assert not (project / ".caselab/champions/churn.json").exists()


@pytest.mark.parametrize("change", ["promotion", "rollback"])
@pytest.mark.parametrize("dies_at", ["set_registered_model_alias", "refresh"])
def test_a_change_that_is_killed_in_the_middle_and_done_again_is_one(
    three_champions, monkeypatch, change, dies_at
):
    """The alias and its history never tell different stories for longer than that."""
    new = register("churn-xgboost")

    def act():
        decide_on(new) if change == "promotion" else champions.rollback("churn")

    def die(*_, **__):
        raise KeyboardInterrupt

    with store.client() as client, monkeypatch.context() as patch:
        patch.setattr(champions if dies_at == "refresh" else type(client), dies_at, die)
        with pytest.raises(KeyboardInterrupt):
            act()
    reigns = {"promotion": (new.number, [1, 2, 3, new.number]), "rollback": (2, [1, 2])}[change]
    if dies_at == "refresh":  # the alias has moved, and nobody goes on believing what was before
        assert champion() == reigns[0]
    else:  # and who does it again finds it half done
        assert champion() == 3
        act()
    assert champion() == reigns[0]
    assert history.reigns(champions.events("churn")) == reigns[1]
