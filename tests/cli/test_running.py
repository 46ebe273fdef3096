import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caselab.cli import running
from caselab.dag import Dag
from caselab.project.kept import Kept, using
from tests.cli.conftest import REPOSITORY
from tests.cli.test_cli import caselab, error_of, invoke

FLOW = """
import sys, time
try:
    print(sys.argv[1:], flush=True)
    if "--force" in sys.argv:
        time.sleep(60)
except KeyboardInterrupt:
    print("stopped", flush=True)
    sys.exit(130)
sys.exit(3)
"""


@pytest.fixture
def dag_project(project: Path) -> Path:
    """A project with the code that dvc.yaml depends on."""
    shutil.copytree(REPOSITORY / "src", project / "src", ignore=shutil.ignore_patterns("*.pyc"))
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=project, check=True)
    return project


@pytest.fixture
def fake_flow(project: Path) -> Path:
    """A project whose flow only repeats what it was asked."""
    (project / "flows").mkdir()
    for name in ("run", "schedules"):
        (project / "flows" / f"{name}.py").write_text(FLOW)
    return project


def test_status_says_what_is_stale_and_why(dag_project):
    output = invoke("status", "churn-mlp").output
    lines = {line.split()[0]: line for line in output.splitlines() if "never run" in line}
    assert list(lines) == [
        "imports",
        "fetch@telco",
        "prepare@churn",
        "featurize@churn-table",
        "train@churn-mlp",
        "evaluate@churn-mlp",
    ]

    n = len(Dag().stages)
    lines = [line.split() for line in invoke("status").output.splitlines() if line.strip()]
    assert [line[0] for line in lines[2:-1]] == ["imports", "churn"]  # a case that never ran
    assert lines[3][1:5] == ["never", "run", f"({n - 1}", "stages;"]
    assert lines[-1][:3] == [f"{n}", "of", f"{n}"]
    assert "train@churn-mlp" in invoke("status", "churn").output

    found = json.loads(invoke("status", "--json").output)
    assert len(found["stale"]) == n
    assert found["fresh"] == []

    assert "'chrun'; the nearest: churn" in error_of("status", "chrun")


def test_status_checks_overrides(project):
    wrong = "pipelines.churn-mlp.training.learning_rate=-1"
    assert error_of("status", "--set", wrong).startswith(f"--set {wrong}: ")


def test_run_hands_targets_options_and_exit_code_on(fake_flow):
    done = caselab(
        "run", "churn", "churn-mlp", "--set", "seed=1", "--set", "threads=2", "--no-promote", "--dry",
        "--profile", "gpu", cwd=fake_flow,
    )  # fmt: skip
    assert (
        done.stdout
        == "['churn', 'churn-mlp', '--set=seed=1', '--set=threads=2', '--set=profile=gpu', "
        "'--dry', '--no-promote']\n"
    )
    assert done.returncode == 3


def test_run_hands_ctrl_c_on(fake_flow):
    command = [sys.executable, "-m", "caselab", "run", "--force"]
    process = subprocess.Popen(command, cwd=fake_flow, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "['--force']\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == "stopped\n"
    assert process.wait(10) == 130


def test_schedule_starts_the_schedules(fake_flow):
    assert caselab("schedule", cwd=fake_flow).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["stage", "trian", "churn-mlp"], "There is no stage 'trian'; the nearest: train"),
        (["stage", "train", "churn-ml"], "for train 'churn-ml'; the nearest: churn-mlp"),
        (["stage", "prepare", "telco"], "There is no block in params.yaml for prepare 'telco'"),
    ],
)
def test_a_stage_that_does_not_exist_names_the_nearest(project, arguments, expected):
    assert expected in error_of(*arguments)


def test_a_stage_runs_its_body_here(project):
    invoke("stage", "fetch", "telco")
    assert (project / "data/raw/telco/records.parquet").exists()


def test_an_error_of_a_stage_is_one_sentence(project):
    assert "data/raw/telco" in error_of("stage", "prepare", "churn")  # nothing is fetched yet


def test_stop_leaves_a_server_up_that_is_used_and_names_each_kind_once(project, monkeypatch):
    up = [Kept("forks-a", 1, None), Kept("forks-b", 2, None), Kept("prefect", 3, 4300)]
    stopped = []
    monkeypatch.setattr(running.kept, "up", lambda: up)
    monkeypatch.setattr(running.kept, "stop", lambda server: stopped.append(server.name))
    with using("prefect"):
        assert "`caselab schedule` or `caselab ui` uses it" in error_of("stop")
    assert stopped == ["forks-a", "forks-b"]
    assert invoke("stop").output == "Ended: the imports, Prefect's server.\n"
    assert stopped[2:] == ["forks-a", "forks-b", "prefect"]
