"""deploy/compose.yaml's own commands, without Docker: its services and what its worker is told to run.

Names of services become loopback, ports free ones, paths of the image folders here; the rest is the file's.
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress

import pandas as pd
import pytest
import yaml

from tests import postgresql
from tests.end_to_end.conftest import CHURN, ROOT, clone

FEW = {
    "churn-baseline": {**CHURN, "architecture": "baseline"},
    "churn-logistic": {**CHURN, "architecture": "logistic"},
}
WRITTEN, TOKEN = "p%40ss%2Fword", "a-token-for-the-test"
LONGEST = 300.0  # seconds
ASKED = 40


class Team:
    """The services of the compose file on this machine."""

    def __init__(self, house, server, folder):
        self.house, self.server, self.folder = house, server, folder
        self.file = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
        with ExitStack() as open_ones:
            listeners = [
                open_ones.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(4)
            ]
            free = [each.getsockname()[1] for each in listeners]
        self.ports = dict(zip(("5000", "4200", "8000", "8080"), free, strict=True))
        self.logs = folder / "logs"
        self.logs.mkdir()

    def here(self, text: str) -> str:
        """Return a word of the file as it is on this machine."""
        given = {"POSTGRES_PASSWORD": WRITTEN, "CASELAB_TOKEN": TOKEN}
        text = re.sub(r"\$\{(\w+):[?-]([^}]*)\}", lambda m: given.get(m[1], m[2]), str(text))
        text = re.sub(r"\$\{(\w+)\}", lambda m: given[m[1]], text)
        text = text.replace("@postgres:5432", f"@127.0.0.1:{self.server.port}")
        text = re.sub(r"\b(mlflow|prefect)(?=:\d)", "127.0.0.1", text)
        for port, free in self.ports.items():
            text = re.sub(rf"(?<![\d.]){port}\b", str(free), text)
        text = text.replace("/srv/caselab", str(self.house.root))
        return text.replace("/var/lib/mlflow", str(self.folder / "models"))

    def lay_out_databases(self) -> None:
        """Do what the image of PostgreSQL does where its volume is empty, and ask how it is."""
        service = self.file["services"]["postgres"]
        self.server.create(service["environment"]["POSTGRES_DB"])
        own = os.environ | {"PGPASSWORD": postgresql.PASSWORD}
        where = ("--host", "127.0.0.1", "--port", str(self.server.port))
        as_user = ("--username", service["environment"]["POSTGRES_USER"])
        programs = postgresql.binaries()
        script = ROOT / "deploy/postgres/databases.sql"
        psql = (programs / "psql", *where, *as_user, "--set=ON_ERROR_STOP=1", "--quiet")
        subprocess.run([*psql, "--dbname=postgres", f"--file={script}"], env=own, check=True)
        program, *words = service["healthcheck"]["test"][1:]
        subprocess.run([programs / program, *words, *where[2:]], check=True)

    def words(self, name: str, words: list[str]) -> list[str]:
        found = [self.here(word) for word in words]
        return found if name == "serve" else [w.replace("0.0.0.0", "127.0.0.1") for w in found]

    def environment(self, name: str) -> dict[str, str]:
        own = {k: self.here(v) for k, v in self.file["services"][name]["environment"].items()}
        home = {"PREFECT_HOME": str(self.folder / f"home-{name}"), "CASELAB_KEEP_UP": "0"}
        return self.house.environment(**home, **own)

    def once(self, name: str, *words: str) -> str:
        """Run the command of a service to its end, or other words in its place."""
        command = self.words(name, [*words] or self.file["services"][name]["command"])
        done = subprocess.run(
            command, cwd=self.house.root, env=self.environment(name), capture_output=True,
            text=True, timeout=LONGEST,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    @contextmanager
    def up(self, name: str):
        """Keep a service up while the body runs, which begins when its health check is content."""
        log = self.logs / name
        with log.open("w") as output:
            process = subprocess.Popen(
                self.words(name, self.file["services"][name]["command"]),
                cwd=self.house.root, env=self.environment(name), stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + LONGEST
            while not self.is_healthy(name):
                assert process.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < deadline, log.read_text()[-3000:]
                time.sleep(1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def is_healthy(self, name: str) -> bool:
        check = self.file["services"][name]["healthcheck"]["test"]
        words = [*self.words(name, check[1:])]
        return not subprocess.run(words, capture_output=True, env=self.environment(name)).returncode


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """Services that are up: those the worker needs, and the worker."""
    folder = tmp_path_factory.mktemp("team")
    house = clone(
        folder / "house",
        pipelines=FEW,
        retraining={"at_most_every": 0, "labelled": True},
        tuning={"churn-logistic": {"model": {"C": [0.1, 1.0]}}},
        serving={"poll": 0.2},
    )
    with ExitStack() as services:
        server = services.enter_context(postgresql.server())
        found = Team(house, server, folder)
        found.lay_out_databases()
        for name in ("mlflow", "prefect"):
            services.enter_context(found.up(name))
        for name in ("pool", "deployments"):
            found.once(name)
        services.enter_context(found.up("worker"))
        yield found


def deployed(team, name, **parameters):
    """Have the worker run a deployment, and wait until it has."""
    given = [f"--param={key}={json.dumps(value)}" for key, value in parameters.items()]
    words = ("prefect", "--no-prompt", "deployment", "run", name, *given, "--watch")
    return team.once("pool", *words)


def test_everything_makes_a_champion_which_the_team_serves_watches_and_retrains(team):
    """Each deployment of prefect.yaml once, by the worker; requests come over HTTP in between."""
    deployed(team, "caselab/everything")
    assert champion(team) == 1
    deployed(team, "tune/tune", pipeline="churn-logistic", trials=2, within=None)
    deployed(team, "score/score", case="churn", origin="customers.csv")
    scored = team.house.root / "scores/churn/version-1"
    before = len(pd.concat(map(pd.read_parquet, scored.glob("*.parquet"))))
    assert before == len(pd.read_csv(team.house.root / "customers.csv"))
    with team.up("serve"):
        labels = asked(team)
    labels.to_csv(team.house.root / "labels.csv", index=False)
    said = team.once("worker", "caselab", "label", "churn", "labels.csv")
    assert f"{ASKED} records of {ASKED} that were asked have a label" in said
    deployed(team, "watch/watch", case="churn")
    last = json.loads((team.house.root / ".caselab/watching/churn/last.json").read_text())
    assert last["rows"] == last["measured"]["rows"] == ASKED
    deployed(team, "retrain/retrain", case="churn", why="a test asked for it")
    told = team.once("worker", "caselab", "history", "churn")
    assert "a test asked for it" in told


def test_nothing_that_the_services_print_tells_a_secret(team):
    for log in team.logs.iterdir():
        text = log.read_text(errors="replace")
        for secret in (WRITTEN, postgresql.PASSWORD, TOKEN):
            assert secret not in text, log.name


def champion(team) -> int:
    known = json.loads((team.house.root / ".caselab/champions/churn.json").read_text())
    return known["version"]


def asked(team) -> pd.DataFrame:
    """Customers nobody has learned from ask; return their requests' names and what came true."""
    telco = pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet")
    customers = telco.iloc[2000 : 2000 + ASKED].reset_index(drop=True)
    url = f"http://127.0.0.1:{team.ports['8000']}/churn/predict"
    records = customers.drop(columns="churn").astype(object)
    records = records.where(records.notna(), None).to_dict("records")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        post(url, records[0], "another")
    names = [post(url, record, TOKEN)["request_id"] for record in records]
    return customers[["churn"]].assign(request_id=names)


def post(url, record, token):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps(record).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read())
