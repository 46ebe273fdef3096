"""Which store, and whether it is there."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from caselab.tracking import store


def test_the_default_store_is_the_one_plain_mlflow_looks_into(project):
    assert store.uri() == f"sqlite:///{project}/mlflow.db"
    assert store.database() == project / "mlflow.db"
    assert store.artifacts("churn") == f"{project}/mlruns/churn"


def test_a_store_keeps_its_identity_while_it_is_written_to(project):
    before = store.identity()
    with store.client() as client:
        client.create_experiment("churn")
    store.create()
    assert store.identity() == before


def _create(folder: str, identities: "multiprocessing.Queue[str]") -> None:
    os.chdir(folder)
    with store.client() as client:
        client.create_experiment(f"of {os.getpid()}")
    identities.put(store.identity())


def test_two_processes_that_find_no_store_create_one(tmp_path):
    context = multiprocessing.get_context("fork")
    identities = context.Queue()
    started = [context.Process(target=_create, args=(str(tmp_path), identities)) for _ in "ab"]
    for process in started:
        process.start()
    assert identities.get() == identities.get()
    for process in started:
        process.join()
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM experiments")}
    assert names == {"Default", *(f"of {process.pid}" for process in started)}


def test_the_environment_rules(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:secret@example.org:8080/mlflow")
    assert store.database() is None
    assert store.artifacts("churn") is None
    assert store.identity() == "https://example.org:8080/mlflow"
    assert store.page("experiments/1") == (
        "https://example.org:8080/mlflow/#/experiments/1?workflowType=machine_learning"
    )
    assert store.shown() == "https://example.org:8080/mlflow"


def test_a_store_elsewhere_keeps_its_files_beside_it(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////srv/shared.db?timeout=30")
    assert store.artifacts("churn") == "/srv/mlruns/churn"


def test_files_of_a_database_lie_in_the_project_or_where_it_is_said(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://me:secret@db/mlflow?sslmode=require")
    assert store.uri().startswith("postgresql+psycopg://me:secret@db/")
    assert store.identity() == store.shown() == "postgresql://db/mlflow"
    assert store.artifacts("churn") == f"{project}/mlruns/churn"
    monkeypatch.setenv("CASELAB_ARTIFACTS", "s3://bucket/models/")
    assert store.artifacts("churn") == "s3://bucket/models/churn"


def test_a_lost_and_remade_database_has_another_identity(project):
    before = store.identity()
    with closing(sqlite3.connect("mlflow.db")) as connection:
        connection.execute("PRAGMA application_id = 12345")
    assert store.identity() != before
    Path("mlflow.db").unlink()
    assert store.identity() is None


def test_looking_at_the_store_keeps_the_locks_of_open_connections(project):
    """Else the next process that leaves believes itself the last one and removes the WAL."""
    leave = (
        "import sqlite3; connection = sqlite3.connect('mlflow.db');"
        "connection.execute('SELECT count(*) FROM experiments').fetchone(); connection.close()"
    )
    with closing(sqlite3.connect("mlflow.db")) as connection:
        connection.execute("SELECT count(*) FROM experiments").fetchone()
        assert store.identity()
        subprocess.run([sys.executable, "-c", leave], check=True)
        assert Path("mlflow.db-wal").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:9", "does not answer"),
        ("postgresql://u:secret@127.0.0.1:9/mlflow", "cannot be used"),
        ("postgresql:///mlflow?host=/nowhere&password=secret", "cannot be used"),
        ("./mlruns", "is the folder"),
        ("file:///tmp/mlruns", "is the folder"),
        ("sqlite:///nowhere/mlflow.db", "does not exist"),
        ("sqlite:///damaged.db", "is damaged"),
    ],
)
def test_what_keeps_a_store_from_being_reached_is_one_sentence(project, monkeypatch, address, said):
    Path("damaged.db").write_bytes(b"no database" * 100)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    reason = store.unreachable()
    assert said in reason
    assert "secret" not in reason
    with pytest.raises(store.StoreError, match=said), store.client():
        pass


def test_a_store_that_is_there_has_no_excuse(project):
    assert store.unreachable() is None


def test_an_mlflow_error_names_the_store_and_our_own_errors_pass(project):
    with pytest.raises(store.StoreError, match=r"mlflow\.db.* fails"), store.client() as client:
        client.get_run("0" * 32)
    with pytest.raises(ZeroDivisionError), store.client():
        raise ZeroDivisionError


def test_what_a_server_says_does_not_tell_the_password(project, monkeypatch):
    monkeypatch.setattr(store, "unreachable", lambda: None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    with pytest.raises(store.StoreError) as caught, store.client() as client:
        client.search_experiments()
    assert "127.0.0.1:9/api" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_looking_at_the_store_does_not_import_mlflow(project):
    looks = "from caselab.tracking import store; store.unreachable(); store.identity()"
    check = "import sys; assert not {'mlflow', 'sqlalchemy', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"{looks}; {check}"], check=True)
