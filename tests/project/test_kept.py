"""Which servers are up is known by their locks, not by what dead ones have left."""

import fcntl
import os
import subprocess
import sys
import threading

import pytest

from caselab.errors import UserError
from caselab.project import kept, places


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places.kept("any").parent.mkdir(parents=True)


def test_a_file_that_a_dead_server_left_is_no_server():
    places.kept("prefect.lock").write_text(f"{os.getpid()} 4200\n")  # a number that is ours now
    assert kept.up() == []
    assert kept.port_before("prefect") == 4200


def test_what_is_up_is_found_and_ended():
    program = (
        "import time; from caselab.project import kept; lock = kept.claim('prefect'); "
        "kept.sign(lock, 4300); print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        assert kept.up() == [kept.Kept("prefect", server.pid, 4300)]
        assert kept.claim("prefect") is None
        assert kept.up("forks-*") == []
        kept.stop(kept.up()[0])
        assert server.wait(5) != 0
    assert kept.up() == []


def test_one_that_starts_is_none_yet():
    places.kept("prefect.lock").write_text("1 4200\n")  # a dead one's
    lock = kept.claim("prefect")
    assert kept.up() == []
    kept.sign(lock, 4300)
    assert kept.up() == [kept.Kept("prefect", os.getpid(), 4300)]


def test_whoever_looks_hinders_nobody_to_start():
    with places.kept("prefect.lock").open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        assert kept.claim("prefect") is not None


def test_nothing_stays_up_in_ci_or_where_it_is_not_wanted(monkeypatch):
    monkeypatch.delenv("CASELAB_KEEP_UP", raising=False)
    monkeypatch.delenv("CI", raising=False)
    assert kept.seconds() == kept.SECONDS
    monkeypatch.setenv("CI", "true")
    assert kept.seconds() == 0
    monkeypatch.setenv("CASELAB_KEEP_UP", "60")
    assert kept.seconds() == 60
    for wrong in ("long", "-1", "inf", "nan"):
        monkeypatch.setenv("CASELAB_KEEP_UP", wrong)
        with pytest.raises(UserError, match="CASELAB_KEEP_UP"):
            kept.seconds()
