"""A model in a process of its own: what comes back from it, and when it ends."""

import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import psutil
import pytest

from caselab.registry.model_process import ModelError, ModelProcess, RefusedError
from tests.registry.packed import pack

RECORDS = pd.DataFrame({"a": [1, 2], "b": [10, 20]})


@pytest.mark.parametrize(
    ("predict", "raised", "told"),
    [
        ("raise UserError('There is no column.')", RefusedError, "^There is no column.$"),
        ("raise RowError('Row 2 is no picture.')", RefusedError, "^Row 2 is no picture.$"),
        ("raise ValueError('bad shape')", ModelError, "Traceback.*bad shape"),
        ("print('end', flush=True); os._exit(3)", ModelError, "end.*ended with code 3$"),
    ],
)
def test_what_a_user_can_mend_is_told_from_what_broke(tmp_path, predict, raised, told):
    artifacts = pack(tmp_path, "a", predict=predict)
    with ModelProcess([]) as process:
        process.ask(artifacts, RECORDS)
        with pytest.raises(raised, match=f"(?s){told}"):
            process.answers()


def test_it_is_asked_again_and_again_and_takes_columns_of_any_kind(tmp_path):
    artifacts = pack(tmp_path, "a", predict="return records")
    asked = pd.DataFrame(
        {
            "mixed": [1, "two", None],
            "counts": pd.array([1, None, 3], "Int64"),
            "kinds": pd.Categorical(["x", "y", "x"]),
        },
        index=["p", "q", "q"],
    )
    with ModelProcess([]) as process:
        for records in (asked, asked.head(0), asked.tail(1)):
            process.ask(artifacts, records)
            pd.testing.assert_frame_equal(process.answers(), records)


def test_who_waits_for_an_answer_when_it_is_closed_is_told_so(tmp_path):
    artifacts = pack(tmp_path, "a", predict="import time; time.sleep(60)")
    process = ModelProcess([])
    process.ask(artifacts, RECORDS)
    closing = threading.Timer(0.5, process.close)
    closing.start()
    with pytest.raises(ModelError, match="closed while it was asked"):
        process.answers()
    with pytest.raises(ModelError, match="closed while it was asked"):
        process.ask(artifacts, RECORDS)


def test_it_names_all_modules_that_were_imported(tmp_path):
    artifacts = pack(tmp_path, "a", load="import wave")
    with ModelProcess(["colorsys"]) as process:
        assert {"pandas", "caselab.cases", "wave", "colorsys"} <= process.load(artifacts)


def test_it_ends_when_nobody_holds_it(tmp_path):
    process = ModelProcess([])
    process.load(pack(tmp_path, "a"))
    pid = process._process.pid
    del process
    assert gone(pid, 5)


HOLDER = """
import sys, time
from pathlib import Path
import pandas as pd
from caselab.registry.model_process import ModelProcess
process = ModelProcess([])
process.load(Path(sys.argv[1]))
if sys.argv[2] == "busy":
    process.ask(Path(sys.argv[1]), pd.DataFrame({"a": [1]}))
print(process._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("doing", ["idle", "busy"])
def test_it_ends_soon_after_the_process_that_started_it_was_killed(tmp_path, doing):
    artifacts = pack(tmp_path, "a", predict="import time; time.sleep(60)")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(artifacts), doing], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    pid = int(holder.stdout.readline())
    assert psutil.pid_exists(pid)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert gone(pid, 5)


def gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False
