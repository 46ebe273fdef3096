"""Branches that both have run, merged by git itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from caselab.errors import UserError
from caselab.project import dvc_lock, lock_merge
from caselab.project.lock_merge import joined

CASELAB = f"{sys.executable} -c 'from caselab.cli import main; main()'"
IDENTITY = ["-c", "user.name=test", "-c", "user.email=test@example.com"]


def lock(**stages):
    content = {
        name.replace("_", "@"): {"cmd": name, "outs": [{"path": name, "md5": str(digest)}]}
        for name, digest in stages.items()
    }
    return dvc_lock.text({"schema": "2.0", "stages": content})


def hashes(content):
    return {name: stage["outs"][0]["md5"] for name, stage in content["stages"].items()}


BASE = lock(train_a=1, train_b=1, train_gone=1, train_out=1, compare_c=1, compare_d=1)
OURS = lock(train_a=2, train_b=1, train_new=5, train_out=1, compare_c=2, compare_d=3)
THEIRS = lock(train_a=1, train_b=3, train_gone=1, train_other=6, compare_c=3, compare_d=3)
BOTH = {
    "train@a": "2",
    "train@b": "3",
    "train@new": "5",
    "train@other": "6",
    "compare@c": "2",
    "compare@d": "3",
}


def test_each_stage_is_as_the_side_that_changed_it_has_it():
    merge = joined(BASE, OURS, THEIRS)
    assert hashes(merge.content) == BOTH
    assert merge.ours == ["compare@c"]
    assert merge.content["schema"] == "2.0"


def test_a_stage_that_one_side_removed_and_the_other_changed_is_told():
    assert joined(lock(train_a=1), lock(), lock(train_a=2)).ours == ["train@a"]
    assert joined(lock(train_a=1), lock(train_a=2), lock()).ours == ["train@a"]
    assert joined(lock(train_a=1), lock(), lock(train_a=2)).content["stages"] == {}


def test_both_branches_may_have_begun_it():
    assert hashes(joined("", lock(train_a=1), lock(train_b=2)).content) == {
        "train@a": "1",
        "train@b": "2",
    }


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n", THEIRS + "\udcff"])
def test_what_is_no_lock_is_refused(text):
    with pytest.raises(UserError, match=r"theirs has it is no dvc.lock"):
        joined(BASE, OURS, text)


def git(*arguments, code=0):
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def branches(tmp_path, monkeypatch):
    """A project with a branch `theirs`, which changed the same dvc.lock as `ours`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    for mark in ("params.yaml", "dvc.yaml"):
        Path(mark).touch()
    shutil.copy(Path(__file__).parents[2] / ".gitattributes", tmp_path)
    git("init", "-q", "-b", "ours")
    commit(BASE)
    git("checkout", "-q", "-b", "theirs")
    commit(THEIRS)
    git("checkout", "-q", "ours")
    commit(OURS)


def commit(text):
    Path("dvc.lock").write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "lock")


def test_git_merges_it_with_the_driver_that_make_setup_installs(branches):
    made = (Path(__file__).parents[2] / "Makefile").read_text()
    driver = f"{CASELAB} merge-lock %O %A %B"
    assert "git config merge.caselab-lock.driver" in made
    assert driver.partition("merge-lock")[2] in made
    git("config", "merge.caselab-lock.driver", driver)
    said = git("merge", "--no-edit", "theirs")
    assert "kept as ours: compare@c" in said
    assert hashes(yaml.safe_load(Path("dvc.lock").read_text())) == BOTH
    assert git("status", "--porcelain") == ""


def test_without_it_the_sentence_names_the_command_that_works(branches):
    git("merge", "--no-edit", "theirs", code=1)
    with pytest.raises(UserError, match="in conflict: `caselab merge-lock`"):
        dvc_lock.read()
    assert lock_merge.resolve().ours == ["compare@c"]
    assert hashes(yaml.safe_load(Path("dvc.lock").read_text())) == BOTH
    git("commit", "-q", "--no-edit")
    with pytest.raises(UserError, match="in no conflict"):
        lock_merge.resolve()


def test_a_lock_that_is_damaged_is_restored_by_what_the_sentence_says(branches):
    Path("dvc.lock").write_text("schema: [")
    with pytest.raises(UserError, match=r"`git checkout HEAD -- dvc.lock`"):
        dvc_lock.read()
    git("checkout", "HEAD", "--", "dvc.lock")
    assert len(dvc_lock.read()) == 6
    commit("<<<<<<< HEAD\n")
    with pytest.raises(UserError, match="remove it"):
        dvc_lock.read()
    Path("dvc.lock").unlink()
    assert dvc_lock.read() == {}
