import subprocess
import sys

import pytest

from caselab.project.locks import exclusive


def test_only_one_holds_a_lock_and_a_dead_holder_lets_go(tmp_path):
    holder = (
        "from caselab.project.locks import exclusive; from pathlib import Path; import time\n"
        f"with exclusive(Path({str(tmp_path / 'lock')!r})): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        waits = subprocess.Popen(
            [sys.executable, "-c", holder.replace("time.sleep(60)", "pass")],
            stdout=subprocess.PIPE,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waits.wait(2)
        process.kill()
    assert waits.wait(60) == 0
    with exclusive(tmp_path / "lock"):
        pass
