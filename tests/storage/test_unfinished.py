"""What is not whole lies where no stage looks, whatever ends the process that writes it."""

import errno
import os
import signal
from pathlib import Path

import pytest

from caselab.storage import files, unfinished

OUT = Path("reports/churn/churn-mlp")


@pytest.fixture
def project(tmp_path, monkeypatch):
    for mark in ("dvc.yaml", "params.yaml"):
        (tmp_path / mark).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, then=lambda part: None):
    with files.replacing(path) as part:
        part.mkdir()
        files.write_json(part / "metrics.json", {"score": 1})
        then(part)


def killed_writing(path):
    """Return what a process that was killed with all written leaves of it, by path."""
    before = everything()
    child = os.fork()
    if child == 0:
        write(path, lambda _: os.kill(os.getpid(), signal.SIGKILL))
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return everything() - before


def everything():
    return {path for path in Path().rglob("*") if path.is_file()}


def test_a_killed_process_leaves_nothing_where_stages_look(project):
    left = killed_writing(OUT)
    assert left
    assert all(path.is_relative_to(".caselab/unfinished") for path in left)
    unfinished.remove_left_behind()
    assert not list(Path(".caselab/unfinished").iterdir())


def test_what_a_living_process_writes_stays(project):
    write(OUT, lambda _: unfinished.remove_left_behind())
    assert (OUT / "metrics.json").exists()


def test_on_another_disk_it_lies_above_what_stages_depend_on(project, tmp_path_factory):
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == project.stat().st_dev:
        pytest.skip("this machine has no second file system to write to")
    disk = shared / f"caselab-test-{os.getpid()}"
    disk.mkdir()
    try:
        Path("reports").symlink_to(disk)
        left = killed_writing(OUT)
        assert not left  # not even on our own disk, which may be small
        (part,) = disk.glob(".part-*")
        write(OUT)
        unfinished.remove_left_behind()
        assert (OUT / "metrics.json").exists()
        assert not part.exists()
        assert [path.name for path in disk.iterdir()] == ["churn"]
    finally:
        unfinished.remove(disk)


@pytest.mark.parametrize("there_before", [False, True])
def test_a_folder_that_no_rename_reaches_is_copied_to_and_still_appears_whole(
    project, monkeypatch, there_before
):
    """A bind mount: the same disk by its number, and yet another file system to `rename`."""
    if there_before:
        OUT.mkdir(parents=True)
        (OUT / "old").touch()
    for name in ("rename", "replace"):
        monkeypatch.setattr(Path, name, within_one_mount(getattr(Path, name)))
    write(OUT)
    assert [path.name for path in OUT.iterdir()] == ["metrics.json"]
    assert [path.name for path in OUT.parent.iterdir()] == [OUT.name]


def within_one_mount(rename):
    def checked(self, target):
        def mount(path):
            return "reports" in Path(path).absolute().parts

        if mount(self) != mount(target):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    return checked
