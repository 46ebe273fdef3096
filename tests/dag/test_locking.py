"""Other DVC commands at work in the same project."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import zc.lockfile

from caselab.dag import Dag, locking
from caselab.errors import UserError
from tests.dag.toys import dvc, walk


def test_a_stage_that_dvc_repro_runs_is_waited_for(project):
    """DVC holds the paths of a stage while that runs, and needs the project's lock at its end."""
    body = Path("body.py").read_text()
    Path("body.py").write_text(body.replace("with open", "import time; time.sleep(2)\nwith open"))
    repro = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro", "prepare@churn"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not Path("data/churn/content.txt").exists():
        assert repro.poll() is None, repro.communicate()[0]
        time.sleep(0.05)
    told = []
    dag = Dag()
    dag.opened.tell_of_waiting(lambda word: told.append(word) or True)
    assert dag.opened.start("prepare@churn") == "restored"
    dag.opened.flush()
    said, _ = repro.communicate()
    assert repro.returncode == 0, said
    assert told
    assert {f"process {repro.pid}: " in word and " uses data/churn;" in word for word in told} == {
        True
    }
    Path("body.py").write_text(body)
    walk(Dag())
    assert "up to date" in dvc("status")


@pytest.fixture
def in_use(project):
    """The outputs of train@churn-a are in use by a command that goes on."""
    other = subprocess.Popen(["sleep", "60"])
    path = str(project / "models/churn/churn-a")
    held = {"write": {path: {"pid": other.pid, "cmd": "dvc repro"}}, "read": {}}
    walk(Dag())
    Path(".dvc/tmp/rwlock").write_text(json.dumps(held))
    yield
    other.kill()
    other.wait()


def test_a_list_of_paths_in_use_that_a_kill_cut_short_says_how_to_go_on(project):
    Path(".dvc/tmp").mkdir(exist_ok=True)
    Path(".dvc/tmp/rwlock").write_text('{"write": {')
    with pytest.raises(UserError, match=r"`rm \.dvc/tmp/rwlock`"):
        Dag().opened.start("prepare@churn")
    Path(".dvc/tmp/rwlock").unlink()
    assert Dag().opened.start("prepare@churn") == "run"


def start_forced():
    return Dag().opened.start("train@churn-a", force=True)


def test_without_anybody_to_tell_it_is_waited_for_a_while(in_use, monkeypatch):
    monkeypatch.setattr(locking, "PATIENCE", 1)
    with pytest.raises(UserError, match=r"dvc repro.* uses models/churn/churn-a; wait until"):
        start_forced()
    assert Path("models/churn/churn-a").is_dir()


def test_other_stages_go_on_while_one_waits_and_a_stop_ends_it(in_use):
    dag, cancel, waits = Dag(), threading.Event(), threading.Event()

    def on_wait(_):
        waits.set()
        return not cancel.is_set()

    dag.opened.tell_of_waiting(on_wait)
    ended = []

    def start():
        try:
            dag.opened.start("train@churn-a", force=True)
        except UserError as error:
            ended.append(str(error))

    waiting = threading.Thread(target=start)
    waiting.start()
    assert waits.wait(10)
    assert dag.opened.start("train@churn-b") == "unchanged"
    dag.opened.flush()
    assert waiting.is_alive()
    cancel.set()
    waiting.join(10)
    assert "uses models/churn/churn-a" in ended[0]


def test_a_command_that_holds_the_whole_project_is_waited_for_with_a_word(project):
    dag, told = Dag(), []
    held = zc.lockfile.LockFile(".dvc/tmp/lock")

    def on_wait(word):
        told.append(word)
        held.close()
        return True

    dag.opened.tell_of_waiting(on_wait)
    assert dag.opened.start("prepare@churn") == "run"
    assert told == ["Another DVC command holds this project (.dvc/tmp/lock); waiting for its end."]
