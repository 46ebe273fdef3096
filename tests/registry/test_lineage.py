import pytest

from caselab.errors import UserError
from caselab.registry import lineage, versions
from caselab.registry.versions import Version


def test_a_version_that_has_lost_its_lock_stops_the_cleaning(tmp_path, monkeypatch):
    version = Version("churn", 1, "a", "logistic", "key", "r", (), {})
    monkeypatch.setattr(versions, "folder", lambda _: tmp_path)
    with pytest.raises(UserError, match="Version 1 of churn has lost"):
        list(lineage.dvc_locks([version]))
    lock = tmp_path / "artifacts/lineage/dvc.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("schema: '2.0'")
    assert list(lineage.dvc_locks([version])) == [lock]
