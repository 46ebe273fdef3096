"""A cache that a full disk, a bad disk or somebody's hand has damaged."""

import shutil
from pathlib import Path

import pytest
import yaml

from caselab.dag import Dag
from caselab.project import dvc_lock
from tests.dag.toys import dvc, set_depth, walk

MODEL = Path("models/churn/churn-a/content.txt")


@pytest.fixture
def walked(project):
    walk(Dag())
    return yaml.safe_load(Path("dvc.lock").read_text())


def cached(oid):
    return Path(".dvc/cache/files/md5", oid[:2], oid[2:])


def damage(path, content):
    mode = path.stat().st_mode
    path.chmod(0o644)
    path.write_text(content)
    path.chmod(mode)


def emptied(file):
    damage(cached(dvc_lock.file_hash(file)), "")


def entries():
    return [path for path in Path(".dvc/cache/runs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", ["", "{'case': 'churn', 'model': {'depth': 7}}"])
def test_a_damaged_object_is_not_restored_but_made_again(walked, content):
    damage(cached(dvc_lock.file_hash(MODEL)), content)
    shutil.rmtree(MODEL.parent)
    assert walk(Dag()) == ["train@churn-a"]
    assert yaml.safe_load(Path("dvc.lock").read_text()) == walked
    assert "'depth': 1" in MODEL.read_text()
    shutil.rmtree(MODEL.parent)
    assert walk(Dag()) == []  # the cache is whole again
    assert "'depth': 1" in MODEL.read_text()


def test_a_damaged_list_of_a_folders_files_is_made_again(walked):
    oid = dvc_lock.content_hash(MODEL.parent)
    damage(cached(oid), "[{")
    assert Dag().stale()["train@churn-a"] == ["models/churn/churn-a is not in the cache"]
    assert walk(Dag()) == ["train@churn-a"]
    assert Dag().stale() == {}
    shutil.rmtree(MODEL.parent)
    assert walk(Dag()) == []


def test_what_dvc_has_checked_out_damaged_is_got_out_of_by_removing_it(walked):
    """DVC takes what it restores for what it should be, and from then on so does everybody."""
    emptied(MODEL)
    shutil.rmtree(MODEL.parent)
    dvc("checkout")
    assert MODEL.read_text() == ""
    assert Dag().stale() == {}
    shutil.rmtree(MODEL.parent)
    assert walk(Dag()) == ["train@churn-a"]
    assert "'depth': 1" in MODEL.read_text()


def test_force_puts_a_whole_object_in_the_place_of_a_damaged_one(walked):
    emptied(MODEL)
    walk(Dag(), force={"train@churn-a"})
    shutil.rmtree(MODEL.parent)
    dvc("checkout")
    assert "'depth': 1" in MODEL.read_text()


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
def test_a_run_cache_entry_cut_short_restores_nothing(walked, part):
    for entry in entries():
        text = entry.read_text()
        damage(entry, text[: int(len(text) * part)])
    set_depth(9)
    walk(Dag())
    set_depth(1)
    assert walk(Dag()) == ["train@churn-a", "evaluate@churn-a"]
    assert yaml.safe_load(Path("dvc.lock").read_text()) == walked
    set_depth(9)
    walk(Dag())
    set_depth(1)
    assert walk(Dag()) == []  # by then the entry is whole


def test_a_run_cache_entry_that_somebody_edited_restores_nothing(walked):
    old, new = (yaml.safe_load(Path("dvc.lock").read_text())["stages"][f"train@churn-{name}"]
                ["outs"][0]["md5"] for name in "ab")  # fmt: skip
    for entry in entries():
        damage(entry, entry.read_text().replace(old, new))
    set_depth(9)
    walk(Dag())
    set_depth(1)
    assert walk(Dag())[0] == "train@churn-a"
    assert "'depth': 1" in MODEL.read_text()


def test_reading_the_whole_cache_finds_and_removes_what_is_damaged(walked):
    whole = Dag().opened.verify()
    assert whole.damaged == []
    assert whole.files == len(entries()) + len(
        [path for path in Path(".dvc/cache/files").rglob("*") if path.is_file()]
    )
    emptied(MODEL)
    entry = entries()[0]
    damage(entry, "cmd: python")
    found = Dag().opened.verify()
    assert {path.name for path in found.damaged} == {dvc_lock.file_hash(MODEL)[2:], entry.name}
    assert found.size < whole.size
    assert Dag().opened.verify().damaged == []
    assert list(Dag().stale()) == ["train@churn-a", "evaluate@churn-a", "compare@churn"]
    walk(Dag())
    assert Dag().stale() == {}
    assert "up to date" in dvc("status")


def test_garbage_is_collected_from_a_damaged_cache_too(walked):
    damage(cached(dvc_lock.content_hash(MODEL.parent)), "[{")
    damage(entries()[0], "cmd: python")
    files, _ = Dag().opened.collect_garbage(keep=[])
    assert files == 1  # what the damaged list had named
