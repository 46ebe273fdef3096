"""Stages that are killed in the middle, each once, and what DVC then records."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from caselab import params as parameters
from caselab import stages
from caselab.dag import Dag
from caselab.storage import files, unfinished
from tests.stages.toys import PARAMS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project's DAG and code, with one small pipeline."""
    root = tmp_path_factory.mktemp("interrupted")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src/caselab", root / "src/caselab", ignore=ignored)
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, root / name)
    params = yaml.safe_load(PARAMS)
    params["candidate"] = "simplest"
    del params["pipelines"]["toy-logistic"]
    params["blends"] = {"toy-blend": {"case": "churn", "view": "toy", "rounds": 2}}
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    rows = pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet").head(400)
    rows.to_csv(root / "customers.csv", index=False)
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=root, check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        yield root


def left():
    rooms = [path for room in unfinished.OUTPUTS for path in Path(room).rglob("*")]
    return {path for path in rooms if path.is_file()}


def killed(stage):
    """Run a stage in a process that kills itself where its output would appear."""
    out = os.path.commonpath(stage.outs)

    def move(part, path):
        if path == Path(out):
            os.kill(os.getpid(), signal.SIGKILL)
        return moved(part, path)

    child = os.fork()
    if child == 0:
        moved, files._move = files._move, move
        stages.run(stage.verb, stage.name, params=parameters.load())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def walk(interrupted):
    dag = Dag()
    for address in dag.stale():
        if (how := dag.opened.start(address)) == "written":  # what was foreseen of imports
            dag.opened.flush()
            continue
        assert how == "run"
        if interrupted:
            before = left()
            assert killed(dag.stages[address])
            assert left() == before
            dag = Dag()  # the next command
            assert dag.opened.start(address) == "run"
        stages.run(*address.split("@"), params=parameters.load())
        dag.opened.finish(address)
        dag.opened.flush()
    return yaml.safe_load(Path("dvc.lock").read_text())["stages"]


def test_killed_at_every_stage_the_lock_is_that_of_a_run_in_peace(project):
    hurt = walk(interrupted=True)
    assert set(hurt) == set(Dag().stages)
    assert list(Path(".caselab/unfinished").iterdir())
    unfinished.remove_left_behind()
    assert not list(Path(".caselab/unfinished").iterdir())

    Path("dvc.lock").unlink()
    shutil.rmtree(".dvc/cache")
    for room in unfinished.OUTPUTS:
        shutil.rmtree(room)
    peace = walk(interrupted=False)
    assert hurt == peace
