"""What a run loses when the world around it breaks: a tracking server that dies, a disk that fills."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import mlflow
import pytest

from tests.end_to_end.conftest import clone

PIPELINES = ("churn-baseline", "churn-logistic")


@pytest.fixture
def small(tmp_path):
    made = clone(tmp_path / "small")
    params = made.params
    params["pipelines"] = {name: params["pipelines"][name] for name in PIPELINES}
    made.write_params(params)
    made.commit()
    return made


def serve(folder, port):
    """Start `mlflow server` and wait until it answers."""
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return server
    raise TimeoutError((folder / "server.log").read_text())


def kill(server):
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def test_a_tracking_server_that_dies_in_the_middle_costs_no_result(small, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path / "server"
    home.mkdir()
    settings = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}"}
    server = serve(home, port)
    try:
        command = subprocess.Popen(
            ["caselab", "run", "churn"],
            cwd=small.root,
            env=small.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = []
        for line in command.stdout:
            said.append(line)
            if "train@" in line and server.poll() is None:
                kill(server)
        assert command.wait() == 0, "".join(said)
        told = " ".join("".join(said).split())
        assert "MLflow could not be reached" in told
        assert "churn: not promoted" in told
        assert (small.root / "leaderboards/churn/leaderboard.json").exists()
        assert list((small.root / ".caselab/pending").glob("*/record.json"))

        server = serve(home, port)
        again = small.run("caselab", "run", "churn", **settings).stdout
        assert "Nothing to do" in again
        assert not list((small.root / ".caselab/pending").glob("*/record.json"))
        client = mlflow.MlflowClient(settings["MLFLOW_TRACKING_URI"])
        experiment = client.get_experiment_by_name("churn").experiment_id
        runs = client.search_runs([experiment])
        assert sorted(run.info.run_name for run in runs) == sorted(PIPELINES)
        assert all("test/roc_auc" in run.data.metrics for run in runs)
    finally:
        if server.poll() is None:
            kill(server)


FULL = """
import subprocess, sys
from pathlib import Path
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "caselab-test", sys.argv[1]], check=True)
sys.exit(subprocess.run(["caselab", "run", "churn"]).returncode)
"""
ALONE = ["unshare", "--mount", "--map-root-user"]
"""A mount seen by this process alone."""


@pytest.mark.skipif(
    sys.platform != "linux"
    or subprocess.run([*ALONE, "true"], capture_output=True).returncode != 0,
    reason="mounts need a namespace of their own",
)
def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(small):
    models = small.root / "models"
    models.mkdir()
    ended = small.run(*ALONE, sys.executable, "-c", FULL, str(models), code=2)
    told = " ".join((ended.stdout + ended.stderr).split())
    assert "the disk is full" in told
    assert "Go on with: caselab run churn" in told
    assert "Traceback" not in told
    locked = small.locked
    assert "featurize@churn-table" in locked
    small.run("caselab", "run", "churn")  # the mount is gone, and with it the trouble
    board = json.loads((small.root / "leaderboards/churn/leaderboard.json").read_text())
    assert len(board["rows"]) == len(PIPELINES)
