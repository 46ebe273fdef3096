"""A disk without room under what DVC keeps."""

import subprocess
import sys
from pathlib import Path

import pytest

from caselab.dag import Dag
from tests.dag.toys import walk

SCRIPT = """
import shutil, subprocess, sys
from pathlib import Path
from caselab.dag import Dag
from caselab.errors import UserError

for folder, size in ((".dvc/cache", "4k"), (".dvc/cache", "64k"), (".dvc/tmp", "4k"), (".dvc/tmp", "8k")):
    Path(folder).mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "caselab-test", folder], check=True)
    try:
        dag = Dag()
        assert dag.opened.start("prepare@churn") == "run"
        Path("data/churn").mkdir(parents=True)
        Path("data/churn/rows").write_bytes(bytes(range(256)) * 1000)
        dag.opened.finish("prepare@churn")
        dag.opened.flush()
    except UserError as error:
        print(folder, size, error, flush=True)
    assert not list(Path(".dvc/cache").rglob("*.tmp")), "fills the disk that is to be freed"
    subprocess.run(["umount", folder], check=True)
    shutil.rmtree("data", ignore_errors=True)
"""
ALONE = ["unshare", "--mount", "--map-root-user"]


@pytest.mark.skipif(
    sys.platform != "linux"
    or subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode != 0,
    reason="mounts need a namespace of their own",
)
def test_it_is_one_sentence_and_nothing_is_recorded(project):
    done = subprocess.run(
        [*ALONE, sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 4, done.stdout
    assert all(line.endswith("disk is full; free some space, then start again.") for line in lines)
    assert not Path("dvc.lock").exists()
    assert len(walk(Dag())) == 10
