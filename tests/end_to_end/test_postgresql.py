"""A whole way on PostgreSQL: MLflow's store, Prefect's server and the log of requests."""

import json
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pandas as pd
import pytest

from caselab.project import postgresql
from tests.end_to_end.conftest import CHURN, ROOT, clone
from tests.postgresql import PASSWORD

FEW = {
    "churn-baseline": {**CHURN, "architecture": "baseline"},
    "churn-logistic": {**CHURN, "architecture": "logistic"},
}
WRITTEN = "p%40ss%2Fword"
"""The password as it stands in an address."""
ASKED = 60


@pytest.fixture(scope="module")
def house(tmp_path_factory, postgresql_server):
    """A project that has run churn with everything in PostgreSQL."""
    made = clone(tmp_path_factory.mktemp("postgresql") / "house", pipelines=FEW)
    made.settings.update(
        MLFLOW_TRACKING_URI=postgresql_server.create("mlflow"),
        PREFECT_SERVER_DATABASE_CONNECTION_URL=postgresql_server.create("prefect"),
        CASELAB_REQUESTS=postgresql_server.create("requests"),
    )
    made.run("caselab", "run", "churn")
    return made


@pytest.fixture(scope="module")
def asked(house):
    """Customers nobody has learned from, asked over HTTP; their requests' names and what came true."""
    telco = pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet")
    customers = telco.iloc[2000 : 2000 + ASKED].reset_index(drop=True)
    process = subprocess.Popen(
        ["caselab", "serve", "churn", "--port", "0"],
        cwd=house.root, env=house.environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        url = process.stdout.readline().split()[-1]
        until(lambda: answers(url.replace("/churn", "/ready")))
        names = [
            ask(url, customers.iloc[[row]].drop(columns="churn")) for row in range(len(customers))
        ]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    return customers[["churn"]].assign(request_id=names)


def ask(url, record):
    rows = record.astype(object).where(record.notna(), None).to_dict("records")
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/predict", json.dumps(rows[0]).encode(), kind)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read())["request_id"]


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=10).status == 200
    except OSError:
        return False


def until(true, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def found(house, variable, statement):
    with postgresql.connected(house.settings[variable], variable) as to:
        return to.execute(statement).fetchall()


def files(folder: Path):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_runs_versions_and_flow_runs_are_in_the_database_and_models_in_the_project(house):
    names = found(
        house, "MLFLOW_TRACKING_URI",
        "select name from runs where lifecycle_stage = 'active' order by name",
    )  # fmt: skip
    assert [name for (name,) in names] == [*FEW]
    aliases = "select alias, version from registered_model_aliases where name = 'churn'"
    assert ("champion", 1) in found(house, "MLFLOW_TRACKING_URI", aliases)
    ended = "select count(*) from flow_run where state_type = 'COMPLETED'"
    (flow_runs,) = found(house, "PREFECT_SERVER_DATABASE_CONNECTION_URL", ended)
    assert flow_runs[0] >= 1
    assert not (house.root / "mlflow.db").exists()
    assert (house.root / "mlruns/churn").is_dir()
    said = house.run("caselab", "doctor", code=None).stdout
    assert "postgresql://127.0.0.1" in said
    assert "logged in" in said


def test_a_second_run_changes_nothing_in_the_database(house):
    runs = "select run_uuid, end_time from runs order by 1"
    before = found(house, "MLFLOW_TRACKING_URI", runs)
    house.run("caselab", "run", "churn")
    assert found(house, "MLFLOW_TRACKING_URI", runs) == before


def test_requests_are_logged_labelled_and_watched_there(house, asked):
    (rows,) = found(house, "CASELAB_REQUESTS", "select count(*) from requests")
    assert rows == (ASKED,)
    assert not (house.root / "requests").exists()
    asked.to_csv(house.root / "labels.csv", index=False)
    said = house.run("caselab", "label", "churn", "labels.csv").stdout
    assert f"{ASKED} new; {ASKED} records of {ASKED} that were asked have a label now." in said
    assert not (house.root / "labels").exists()
    watched = house.run("caselab", "watch", "churn", "--json", code=None)
    assert watched.returncode in (0, 1), watched.stderr
    seen = json.loads(watched.stdout)
    assert seen["rows"] == ASKED
    assert seen["measured"]["rows"] == ASKED


WRONG = {
    "password": lambda right: right.replace(WRITTEN, "wr%40ng"),
    "database": lambda right: right.rpartition("/")[0] + "/none",
    "port": lambda right: f"postgresql://caselab:{WRITTEN}@127.0.0.1:1/mlflow",
}


@pytest.mark.parametrize(
    ("variable", "wrong", "command"),
    [
        ("CASELAB_REQUESTS", "password", ["serve", "churn", "--port", "0"]),
        ("CASELAB_REQUESTS", "port", ["watch", "churn"]),
        ("CASELAB_REQUESTS", "database", ["label", "churn", "labels.csv"]),
        ("MLFLOW_TRACKING_URI", "password", ["promote", "churn", "--again"]),
        ("MLFLOW_TRACKING_URI", "port", ["watch", "churn"]),
    ],
)
def test_a_database_that_refuses_is_one_sentence_and_nothing_is_half_written(
    house, asked, variable, wrong, command
):
    def left():
        return {path: path.stat().st_mtime_ns for path in files(house.root / "leaderboards")}

    before = left()
    done = house.run(
        "caselab", *command, code=2, **{variable: WRONG[wrong](house.settings[variable])}
    )
    told = done.stdout + done.stderr
    assert done.stderr.count("caselab: ") == 1
    assert f"mend {variable}" in done.stderr
    assert "Traceback" not in told
    for secret in (WRITTEN, PASSWORD, "wr%40ng"):
        assert secret not in told
    assert left() == before


def test_a_run_goes_on_without_prefects_database_and_says_so(house):
    variable = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
    wrong = WRONG["password"](house.settings[variable])
    told = house.run("caselab", "run", "churn", "--refresh", **{variable: wrong}).stdout
    assert told.count(f"mend {variable}") == 1
    assert "wr%40ng" not in told
    assert "1 done, 7 unchanged" in told


def test_no_file_of_the_project_tells_the_password(house, asked):
    secrets = (PASSWORD.encode(), WRITTEN.encode())
    ours = [path for path in files(house.root) if house.root / "tests" not in path.parents]
    assert [path for path in ours if any(secret in path.read_bytes() for secret in secrets)] == []
