"""Who keeps the file that a source reads: Git, DVC, or nobody."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from caselab.project import dvc_lock
from caselab.project.keeping import keeping

TABLE = Path("data/own/shop table.csv")


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def commit() -> None:
    run("git", "add", "-A")
    run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "test")


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    run("git", "init", "-q")
    TABLE.parent.mkdir(parents=True)
    TABLE.write_text("a,b\n1,2\n")
    return root


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A project whose table DVC keeps; DVC takes a second, so it is made once."""
    root = tmp_path_factory.mktemp("given")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        run("git", "init", "-q")
        run(sys.executable, "-m", "dvc", "init", "-q")
        TABLE.parent.mkdir(parents=True)
        TABLE.write_text("a,b\n1,2\n")
        run(sys.executable, "-m", "dvc", "add", "-q", str(TABLE))
    return root


@pytest.fixture
def by_dvc(given, tmp_path, monkeypatch):
    shutil.copytree(given, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")


def test_a_file_of_nobody_is_given_to_dvc_by_the_command_that_is_told(project):
    kept = keeping(TABLE)
    assert (kept.by, kept.uncommitted) == ("nobody", (str(TABLE),))
    assert "neither Git nor DVC" in kept.lack
    assert "dvc add 'data/own/shop table.csv' && git add" in kept.mend


def test_a_file_of_git_lacks_nothing_once_it_is_committed_as_it_is(project):
    commit()
    assert (keeping(TABLE).by, keeping(TABLE).lack, keeping(TABLE).mend) == ("git", "", "")
    TABLE.write_text("a,b\n3,4\n")
    assert "not committed" in keeping(TABLE).lack
    assert f"git add '{TABLE}'" in keeping(TABLE).mend


def test_a_folder_of_git_that_has_files_of_nobody(project):
    commit()
    (TABLE.parent / "new.csv").write_text("a\n")
    assert keeping(TABLE.parent).uncommitted == ("data/own/new.csv",)
    Path(".gitignore").write_text("new.csv\n")
    commit()
    assert keeping(TABLE.parent).uncommitted == ("data/own/new.csv",)


def test_a_file_that_was_read_with_another_content_is_not_what_is_kept(project):
    commit()
    as_it_was = dvc_lock.content_hash(TABLE)
    TABLE.write_text("a,b\n3,4\n")
    commit()
    assert not keeping(TABLE).lack
    assert "not as it was read" in keeping(TABLE, as_it_was).lack


def test_a_file_of_dvc_lacks_its_pointer_until_that_is_committed(by_dvc):
    kept = keeping(TABLE)
    assert (kept.by, kept.pointer) == ("dvc", Path(f"{TABLE}.dvc"))
    assert kept.uncommitted == ("data/own/.gitignore", f"{TABLE}.dvc")
    assert "not committed" in kept.lack
    commit()
    assert keeping(TABLE).lack == ""


def test_a_file_of_dvc_that_was_changed_since(by_dvc):
    commit()
    as_it_was = dvc_lock.content_hash(TABLE)
    TABLE.write_text("a,b\n3,4\n")
    assert "not as it was read" in keeping(TABLE).lack
    assert "dvc add" in keeping(TABLE).mend
    assert keeping(TABLE, as_it_was).lack == ""  # what was read is what DVC has


def test_a_file_of_dvc_that_is_not_here_can_be_had(by_dvc):
    commit()
    TABLE.unlink()
    assert keeping(TABLE).lack == ""


def test_a_file_in_a_folder_of_dvc_is_kept_with_it(by_dvc):
    Path("pictures/cats").mkdir(parents=True)
    Path("pictures/cats/one.png").write_bytes(b"1")
    run(sys.executable, "-m", "dvc", "add", "-q", "pictures")
    assert keeping(Path("pictures")).pointer == Path("pictures.dvc")
    commit()
    assert keeping(Path("pictures")).lack == ""


def test_what_lies_outside_is_nobodys(project):
    outside = project.parent / "outside.csv"
    outside.write_text("a\n")
    kept = keeping(outside)
    assert kept.is_elsewhere
    assert "lies outside of the project" in kept.lack
    assert "copy it to data/own/outside.csv" in kept.mend
    assert not keeping(Path.cwd() / TABLE).is_elsewhere
