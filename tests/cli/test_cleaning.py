import fcntl
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from caselab.cli import cleaning
from caselab.errors import UserError
from caselab.registry import lineage, versions
from caselab.tracking import run_removal


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four commits, three of which changed dvc.lock; the newest state is not committed."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    for number in range(3):
        commit("dvc.lock", f"stages: {{a: {{outs: [{{md5: hash{number}}}]}}}}")
    commit("README", "not the lock")
    Path("dvc.lock").write_text("stages: {}")
    return tmp_path


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def commit(name: str, text: str) -> None:
    Path(name).write_text(text)
    git("add", name)
    git("commit", "-q", "-m", name)


def hashes(locks: list) -> list[str]:
    return [out["md5"] for lock in locks for out in lock["stages"]["a"]["outs"]]


def test_the_newest_commits_of_the_lock_are_kept(repository):
    assert hashes(cleaning.committed_locks(2)) == ["hash2", "hash1"]
    assert len(cleaning.committed_locks(9)) == 3


def test_other_branches_count(repository):
    git("checkout", "-q", "-f", "-b", "trial", "HEAD~2")
    commit("dvc.lock", "stages: {a: {outs: [{md5: trial}]}}")
    git("checkout", "-q", "main")
    assert "trial" in hashes(cleaning.committed_locks(1))


def test_a_lock_that_cannot_be_read_names_nothing(repository):
    commit("dvc.lock", "<<<<<<< a conflict that was committed")
    assert cleaning.committed_locks(1) == [{}]


def test_locks_of_other_worktrees_are_kept(repository, tmp_path_factory):
    checkout = tmp_path_factory.mktemp("checkout") / "nightly"
    git("worktree", "add", "-q", str(checkout))
    (checkout / "dvc.lock").write_text("stages: {a: {outs: [{md5: nightly}]}}")
    locks = [lock for lock in cleaning.checked_out_locks() if lock["stages"]]
    assert hashes(locks) == ["nightly"]


def test_without_git_there_are_no_commits_to_keep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cleaning.committed_locks(3) == []
    assert cleaning.checked_out_locks() == []


def test_checkpoints_stay_only_for_what_would_be_trained_now(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for key in ("present", "past"):
        (tmp_path / ".caselab/checkpoints" / key).mkdir(parents=True)
    (tmp_path / "features").mkdir()

    def stage(verb, *deps):
        return SimpleNamespace(verb=verb, deps=deps)

    dag = SimpleNamespace(
        stages={
            "train@a": stage("train", "features"),
            "fetch@b": stage("fetch"),
            "train@never-run": stage("train", "not there"),
        },
        opened=SimpleNamespace(
            key=lambda address: {"train@a": "present", "fetch@b": "past"}[address]
        ),
    )
    assert cleaning.old_checkpoints(dag) == [Path(".caselab/checkpoints/past")]


def test_the_newest_searches_of_each_pipeline_stay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for age, name in enumerate(["a-svm-tpe-1", "a-svm-grid-2", "b-tpe-3", "a-svm-tpe-4"]):
        folder = Path(".caselab/tuning", name)
        folder.mkdir(parents=True)
        os.utime(folder, (age, age))
    assert {folder.name for folder in cleaning.old_searches(1)} == {"a-svm-tpe-1", "a-svm-grid-2"}
    assert cleaning.old_searches(3) == []


@pytest.mark.parametrize("place", [".", "nightly"])
def test_nothing_is_cleaned_while_a_run_is_at_work(repository, place):
    git("worktree", "add", "-q", "nightly")
    lock = repository / place / ".caselab/run.lock"
    lock.parent.mkdir()
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="A run is at work"):
            cleaning.clean(keep=1, dry=False)


def test_clean_keeps_what_commits_worktrees_and_versions_name(repository, monkeypatch, capsys):
    kept = Path("version.lock")
    kept.write_text("stages: {a: {outs: [{md5: version}]}}")
    named: list[str] = []

    def collect_garbage(keep, dry):
        named.extend(hashes([lock for lock in keep if lock["stages"]]))
        return 3, 1500

    dag = SimpleNamespace(stages={}, opened=SimpleNamespace(collect_garbage=collect_garbage))
    monkeypatch.setattr(cleaning, "Dag", lambda: dag)
    registered = [SimpleNamespace(run_id="r")]
    monkeypatch.setattr(versions, "of_all_cases", lambda: registered)
    monkeypatch.setattr(lineage, "dvc_locks", lambda versions: [kept for _ in versions])
    monkeypatch.setattr(
        run_removal, "remove", lambda keep, needed, dry: 4 if needed == {"r"} else 0
    )
    stray = Path(".caselab/strays/reports/churn/notes.txt")
    stray.parent.mkdir(parents=True)
    stray.touch()
    cleaning.clean(keep=1, dry=True)
    assert named == ["hash2", "version"]
    printed = capsys.readouterr().out
    assert printed.startswith("Would remove:")
    assert "3 files of DVC's cache, 1.5 kB" in printed
    assert "0 checkpoints" in printed
    assert "4 runs" in printed
    assert "1 file in .caselab/strays" in printed
    assert stray.exists()
    cleaning.clean(keep=1, dry=False)
    assert not stray.exists()
