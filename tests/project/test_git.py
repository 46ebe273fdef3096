"""What git says of the project's code."""

import subprocess
from pathlib import Path

import pytest

from caselab.project import git


def run(*arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    run("init", "-q")
    for name in ("src/a.py", "src/b.py", "params.yaml", "dvc.lock", "notes.txt"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("one\n")
    run("add", "-A")
    run("commit", "-qm", "first")
    return tmp_path


def test_a_clean_tree_has_a_commit_and_no_changes(repository):
    assert len(git.commit()) == 40
    assert git.uncommitted() == []
    assert git.difference() == ""


def test_results_and_notes_are_no_code(repository):
    Path("dvc.lock").write_text("two\n")
    Path("notes.txt").write_text("two\n")
    assert git.uncommitted() == []


def test_changed_new_and_deleted_code_is_listed_and_its_patch_makes_it_again(repository):
    Path("src/a.py").write_text("two\n")
    Path("src/new").mkdir()
    Path("src/new/ü.py").write_text("three\n")
    Path("src/b.py").unlink()
    Path("params.yaml").write_bytes(b"four \xff\n")
    assert git.uncommitted() == ["params.yaml", "src/a.py", "src/b.py", "src/new/ü.py"]
    patch = git.difference()
    status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True).stdout

    run("clone", "-q", ".", "copy")
    Path("copy/change.patch").write_text(patch, "utf-8", "surrogateescape")
    subprocess.run(["git", "apply", "change.patch"], cwd="copy", check=True)
    assert Path("copy/src/a.py").read_text() == "two\n"
    assert Path("copy/src/new/ü.py").read_text() == "three\n"
    assert not Path("copy/src/b.py").exists()
    assert Path("copy/params.yaml").read_bytes() == b"four \xff\n"
    again = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True).stdout
    assert again.replace("?? copy/\n", "") == status  # the user's own index is untouched


def test_outside_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git.commit() is None
    assert git.uncommitted() == []
