"""A real MLflow server: its page shows what is in the default store, and its death costs nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from caselab.registry import versions
from caselab.tracking import run_references, runs, store
from tests.tracked_project import INPUTS


class Server:
    """Plain `mlflow server` in the project's folder."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        port = self.url.rpartition(":")[2]
        with Path("server.log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", "--port", port, "--workers", "1"],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                self.get("/health")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        raise TimeoutError(Path("server.log").read_text())

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return answer.read()

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    server = Server()
    yield server
    if server.process.poll() is None:
        server.kill()


def test_a_server_shows_the_default_store_and_may_die_in_the_middle_of_a_training(
    params, trained, server, monkeypatch, caplog
):
    written = runs.publish(params, "churn-mlp", "a" * 64, INPUTS, 1.0, stage="evaluate")
    shown = server.get(f"/get-artifact?run_uuid={written.run_id}&path=roc.png")
    assert shown == b"png"

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    _fetches_a_registered_version()
    with runs.live(params, "churn-mlp", "b" * 64) as tracker:
        tracker.epoch(0, 1, {"validation_loss": 2.0})
        time.sleep(3)
        server.kill()
        for epoch in (2, 3):
            tracker.epoch(0, epoch, {"training_loss": 1 / epoch, "validation_loss": 2 / epoch})
            time.sleep(1)
    ref = runs.publish(params, "churn-mlp", "b" * 64, INPUTS, 1.0, stage="train")
    assert ref.run_id is None
    warnings = [record.message for record in caplog.records if record.name.startswith("caselab")]
    assert len(warnings) == 2  # one of the epochs, one of the whole run
    assert all("does not answer" in warning or "fails" in warning for warning in warnings)

    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # the same store, without a server
    assert runs.publish_pending(params) == ["churn-mlp"]
    client = MlflowClient(store.uri())
    history = client.get_metric_history(
        run_references.known("churn-mlp").run_id, "folds/validation_loss_0"
    )
    assert [point.step for point in history] == [1, 2, 3, 4, 5]
    assert len(client.search_runs([client.get_experiment_by_name("churn").experiment_id])) == 2


def _fetches_a_registered_version() -> None:
    model = Path("model")
    (model / "code").mkdir(parents=True)
    (model / "code/a.py").write_text("a = 1\n")
    (model / "MLmodel").write_text("flavors: {}\n")
    with store.client() as client:
        home = client.create_experiment("elsewhere")  # its files lie behind the server
        run = client.create_run(home)
        logged = client.create_logged_model(home, "x", run.info.run_id)
        client.log_model_artifacts(logged.model_id, str(model))
        client.finalize_logged_model(logged.model_id, "READY")
        version = versions.register(client, "churn", logged.model_id, run.info.run_id, {})
    for _ in range(2):
        folder = versions.folder(version)
        assert folder == Path(".caselab/registered/churn/1")
        assert (folder / "code/a.py").read_text() == "a = 1\n"
        assert (folder / "MLmodel").exists()
