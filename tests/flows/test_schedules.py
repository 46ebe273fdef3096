"""What `caselab schedule` hands to Prefect; tests/end_to_end/test_schedules.py lets one fire."""

from flows import schedules


def test_two_projects_name_their_schedules_apart(tmp_path, monkeypatch):
    names = set()
    for folder in ("one/shop", "two/shop", "two/a & b"):
        (tmp_path / folder).mkdir(parents=True)
        monkeypatch.chdir(tmp_path / folder)
        names.add(schedules._deployment("nightly"))
        assert schedules._deployment("nightly") in names  # and the same each time
    assert len(names) == 3
    assert {name.rpartition(" (")[0] for name in names} == {"nightly of shop", "nightly of a - b"}
