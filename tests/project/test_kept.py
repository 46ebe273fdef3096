"""Which servers are up is known by their locks, not by what dead ones have left."""

import fcntl
import os
import subprocess
import sys

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
        "import fcntl, os, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, 2); "
        "print(os.getpid(), 4300, file=file, flush=True); print(flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, places.kept("prefect.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        assert kept.up() == [kept.Kept("prefect", server.pid, 4300)]
        assert kept.up("forks-*") == []
        kept.stop(kept.up()[0])
        assert server.wait(5) != 0
    assert kept.up() == []


def test_one_that_starts_is_none_yet():
    with places.kept("prefect.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert kept.up() == []


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
