"""Who ends with whom, however it ends; and what stays for the next run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import alive, wait_until

LIMIT = 2.0  # seconds in which all has ended with whoever asked for it

CALLER = """
import pathlib, sys, threading
from caselab.stages import fork_server, process
fork_server.IMPORTS = {"compare": (), "train": tuple(sys.argv[2:])}
fork_server.warm(["compare", "train"], kept_up=float(sys.argv[1]))
print(process.call_in_fork("toy:server", log=pathlib.Path("log")), flush=True)
try:
    process.call_in_fork("toy:toy", log=pathlib.Path("log"))
except process.StageError as error:
    print(error.reason, flush=True)
    print(process.call_in_fork("toy:server", log=pathlib.Path("log")), flush=True)
"""

TOY = """
import ctypes, os, pathlib, subprocess, time
def server():
    return os.getppid()
def toy():
    child = subprocess.Popen(["sleep", "600"])
    pathlib.Path("pids").write_text(f"{os.getpid()} {child.pid}\\n")
    ctypes.PyDLL(None).sleep(600)  # native code that lets no other thread of this process run
"""


@pytest.fixture
def start(tmp_path):
    """Start a caller whose stage never ends; return it and its fork server's process."""
    started = []
    # Once, as a caller that has just started may be reading them when the next one starts.
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "caller.py").write_text(CALLER)

    def start(kept_up=0, *imports):
        command = [sys.executable, "caller.py", str(kept_up), *imports]
        caller = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        started.append(caller)
        return caller

    yield start
    for caller in started:
        caller.kill()
        caller.wait()
        caller.stdout.close()


def pids(folder: Path) -> list[int]:
    wait_until(lambda: (folder / "pids").exists() and (folder / "pids").read_text().endswith("\n"))
    found = [int(pid) for pid in (folder / "pids").read_text().split()]
    (folder / "pids").unlink()
    return found


@pytest.mark.parametrize("kept_up", [0, 3])
def test_all_that_a_killed_caller_asked_for_ends_with_it(start, tmp_path, kept_up):
    caller = start(kept_up)
    server = int(caller.stdout.readline())
    stage = pids(tmp_path)
    caller.kill()
    wait_until(lambda: not any(map(alive, stage)), LIMIT)
    if kept_up:
        assert alive(server)
    wait_until(lambda: not alive(server), LIMIT + 2 * kept_up)


def test_a_server_ends_with_its_caller_in_the_middle_of_its_imports(start, tmp_path):
    (tmp_path / "slow.py").write_text(
        "import os, pathlib, time\n"
        "pathlib.Path('pids').write_text(f'{os.getpid()}\\n')\ntime.sleep(60)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
        caller = start(0, "slow")
    (server,) = pids(tmp_path)
    caller.kill()
    wait_until(lambda: not alive(server), LIMIT)


def test_a_killed_server_takes_its_stages_along_and_the_next_call_has_another(start, tmp_path):
    caller = start()
    server = int(caller.stdout.readline())
    stage = pids(tmp_path)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, stage)), LIMIT)
    assert "was killed (SIGKILL)" in caller.stdout.readline()
    assert int(caller.stdout.readline()) != server


def test_a_server_that_is_kept_up_serves_the_next_caller_and_ends_when_idle(start, tmp_path):
    servers = []
    for _ in range(2):
        caller = start(3)
        servers.append(int(caller.stdout.readline()))
        pids(tmp_path)
        caller.kill()
        caller.wait()
    assert servers[0] == servers[1]
    (lock,) = tmp_path.glob(".caselab/kept/forks-*.lock")
    assert int(lock.read_text()) == servers[0]
    wait_until(lambda: not alive(servers[0]), 10)


def test_what_a_killed_kept_server_has_left_is_in_nobodys_way(start, tmp_path):
    caller = start(3)
    first = int(caller.stdout.readline())
    caller.kill()
    os.kill(first, signal.SIGKILL)
    second = int(start(3).stdout.readline())
    assert second != first


def test_another_environment_has_another_server(start, tmp_path, monkeypatch):
    first = int(start(3).stdout.readline())
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert int(start(3).stdout.readline()) != first


def test_two_that_start_at_once_share_a_server(start):
    callers = [start(3) for _ in range(3)]
    assert len({caller.stdout.readline() for caller in callers}) == 1
