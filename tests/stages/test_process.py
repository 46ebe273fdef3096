import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from caselab.errors import UserError
from caselab.stages import fork_server, process
from tests.processes import alive, wait_until


@pytest.fixture(scope="module", autouse=True)
def server():
    fork_server.warm(["fetch"])  # pandas alone: these tests are about processes, not about imports


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """Write a module that the forked process can import, and call a function of it there."""
    monkeypatch.syspath_prepend(str(tmp_path))
    log = tmp_path / "toy.log"

    def call(body, *args, **options):
        (tmp_path / "toy.py").write_text(textwrap.dedent(body))
        return process.call_in_fork("toy:toy", args, log=log, **options)

    call.log = log
    return call


def test_code_on_disk_counts_and_the_value_comes_back(toys):
    assert toys("def toy(x): return x + 1", 1) == 2
    assert toys("def toy(x): return x * 10", 1) == 10


def test_state_does_not_leak_from_call_to_call(toys):
    body = "import json\ndef toy(): json.seen = getattr(json, 'seen', 0) + 1; return json.seen"
    assert [toys(body), toys(body)] == [1, 1]


def test_output_goes_to_the_log(toys, capfd):
    toys("import os\ndef toy(): print('from Python'); os.system('echo from a child')")
    assert toys.log.read_text().splitlines() == ["from Python", "from a child"]
    assert capfd.readouterr() == ("", "")


def test_the_environment_is_the_callers(toys, monkeypatch):
    monkeypatch.setenv("CASELAB_TOY", "7")
    assert toys("import os\ndef toy(): return os.environ['CASELAB_TOY']") == "7"


def test_user_errors_come_back_as_they_are(toys):
    with pytest.raises(UserError, match="Mend the file"):
        toys("from caselab.errors import UserError\ndef toy(): raise UserError('Mend the file.')")


def test_an_exception_is_named_and_its_traceback_logged(toys):
    with pytest.raises(process.StageError) as failed:
        toys("def toy(): return 1 / 0")
    assert failed.value.reason == "ZeroDivisionError: division by zero"
    assert "line 1, in toy" in toys.log.read_text()


def test_an_abort_in_native_code_fails_alone_and_a_retry_succeeds(toys, tmp_path):
    body = f"""
        import os, pathlib
        def toy():
            mark = pathlib.Path({str(tmp_path)!r}, "mark")
            if not mark.exists():
                mark.touch()
                os.abort()
            return "second time"
    """
    with pytest.raises(process.StageError, match=r"crashed in native code \(SIGABRT\)"):
        toys(body)
    assert "in toy" in toys.log.read_text()  # where it was, in Python's words
    assert toys(body) == "second time"


def test_a_kill_is_told_in_words(toys):
    with pytest.raises(process.StageError, match=r"killed \(SIGKILL\), most often because memory"):
        toys("import os\ndef toy(): os.kill(os.getpid(), 9)")


def test_leaving_early_is_a_failure(toys):
    with pytest.raises(process.StageError, match="exit code 0 before its work was done"):
        toys("import os\ndef toy(): os._exit(0)")


def test_the_time_limit_ends_a_deaf_process_and_what_it_started(toys, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "GRACE", 0.3)
    body = f"""
        import pathlib, signal, subprocess, time
        def toy():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            child = subprocess.Popen(["sleep", "600"])
            pathlib.Path({str(tmp_path)!r}, "pid").write_text(str(child.pid))
            time.sleep(600)
    """
    with pytest.raises(process.StageError, match="time limit of 3 seconds"):
        toys(body, time_limit=3)
    child = int((tmp_path / "pid").read_text())
    wait_until(lambda: not alive(child))


def test_cancel_ends_the_process(toys):
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(process.StageStoppedError):
        toys("import time\ndef toy(): time.sleep(600)", cancel=cancel)


def test_events_reach_the_caller_in_order(toys):
    heard = []
    body = "def toy(on_epoch):\n    for i in range(300): on_epoch(None, i, {'loss': i / 2})"
    toys(body, events=("on_epoch", lambda *event: heard.append(event)))
    assert heard == [(None, i, {"loss": i / 2}) for i in range(300)]


def test_a_process_that_lingers_after_its_work_has_done_it(toys, monkeypatch):
    monkeypatch.setattr(process, "GRACE", 0.3)
    body = """
        import threading, time
        def toy():
            threading.Thread(target=time.sleep, args=(60,)).start()
            return "done"
    """
    assert toys(body) == "done"


def test_many_at_once(toys):
    results = []
    body = "import os\ndef toy(): return os.getpid()"
    toys(body)
    threads = [
        threading.Thread(
            target=lambda: results.append(process.call_in_fork("toy:toy", log=toys.log))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 8
    assert os.getpid() not in results


def test_kill_9_of_the_caller_ends_its_stages_and_main_is_not_imported_again(tmp_path):
    (tmp_path / "toy.py").write_text(
        "import os, pathlib, time\n"
        "def toy():\n    pathlib.Path('pid').write_text(str(os.getpid()))\n    time.sleep(60)\n"
    )
    (tmp_path / "caller.py").write_text(
        "import pathlib\nfrom caselab.stages import fork_server, process\n"
        "pathlib.Path('mains').open('a').write('main ')\n"  # no guard: an import would write too
        "fork_server.warm(['compare'])\n"
        "process.call_in_fork('toy:toy', log=pathlib.Path('toy.log'))\n"
    )
    caller = subprocess.Popen([sys.executable, "caller.py"], cwd=tmp_path)
    pid = tmp_path / "pid"
    wait_until(lambda: pid.exists() and pid.read_text())
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    wait_until(lambda: not alive(int(pid.read_text())))
    assert (tmp_path / "mains").read_text() == "main "


def test_ctrl_c_during_the_imports_is_the_callers_alone(tmp_path):
    (tmp_path / "caller.py").write_text(
        "import signal, time\n"
        "from caselab.stages import fork_server, process\n"
        "signal.signal(signal.SIGINT, lambda *_: None)\n"
        "fork_server.warm(['fetch', 'prepare'])\n"
        "print('importing', flush=True)\n"
        "process.await_server()\n"
        "print(process.call_in_fork('math:sqrt', (49,), log=__import__('pathlib').Path('log')))\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "caller.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert caller.stdout.readline() == "importing\n"
    time.sleep(1)
    os.killpg(caller.pid, signal.SIGINT)  # as the terminal does
    assert caller.communicate()[0] == "7.0\n"
