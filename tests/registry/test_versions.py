from pathlib import Path

import pytest

from caselab.errors import UserError
from caselab.registry import champions, versions
from tests.registry.registered import champion


def test_a_case_without_versions_has_no_champion(project):
    assert champions.champion("churn") is None
    assert versions.versions("churn") == []
    assert champions.events("churn") == []
    with pytest.raises(UserError, match="no registered version; run `caselab run churn`"):
        versions.version("churn")


def test_the_last_promoted_version_is_champion_and_older_ones_stay(three_champions):
    assert champion() == 3
    assert [v.number for v in versions.versions("churn")] == [3, 2, 1]
    assert versions.version("churn", "champion").pipeline == "churn-mlp"
    assert versions.version("churn", 1).pipeline == "churn-svm"
    assert versions.version("churn", "1").aliases == ()
    with pytest.raises(UserError, match="there are 3, 2, 1, champion"):
        versions.version("churn", 9)


def test_with_tracking_off_nobody_can_tell_what_versions_there_are(tmp_path, monkeypatch):
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    with pytest.raises(UserError, match="CASELAB_TRACKING"):
        versions.of_all_cases()


def test_a_project_that_never_tracked_has_no_versions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert versions.of_all_cases() == []
    assert not Path("mlflow.db").exists()
