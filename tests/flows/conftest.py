"""A small project whose stages are toys, and one Prefect server for all tests of the flow."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack, chdir
from pathlib import Path

import pytest

from caselab.stages import fork_server, process

DVC_YAML = """
stages:
  fetch:
    foreach: ${sources}
    do:
      cmd: toy fetch ${key}
      deps: [toy.py]
      outs: ["data/raw/${key}"]
  prepare:
    foreach: ${cases}
    do:
      cmd: toy prepare ${key}
      deps: ["data/raw/${item.source}"]
      params: ["cases.${key}.split"]
      outs: ["data/prepared/${key}"]
  train:
    foreach: ${pipelines}
    do:
      cmd: toy train ${key}
      deps: ["data/prepared/${item.case}"]
      params: [seed, "pipelines.${key}"]
      outs: ["models/${item.case}/${key}"]
  evaluate:
    foreach: ${pipelines}
    do:
      cmd: toy evaluate ${key}
      deps: ["models/${item.case}/${key}"]
      outs: ["reports/${item.case}/${key}"]
  compare:
    foreach: ${cases}
    do:
      cmd: toy compare ${key}
      deps: ["reports/${key}"]
      outs: ["leaderboards/${key}"]
"""

PARAMS = """
seed: 7
threads: 1
flow:
  slots: {cores: 2, memory: 8, gpu: 0}
  stages: {train: {retries: 1, retry_delay: 0, time_limit: 20}, evaluate: {retries: 0}}
sources:
  telco: {origin: table.csv}
cases:
  churn:
    source: telco
    split: {test: 0.2}
    validation: {kind: stratified, folds: 5}
    evaluation: {}
views:
  churn-table: {case: churn, view: table}
pipelines:
  one: {case: churn, view: churn-table, architecture: logistic}
  two: {case: churn, view: churn-table, architecture: baseline}
schedules:
  often: {interval: 3, cases: [churn], refresh: true}
gate: {}
"""

# Does what behaviour.json says of its address; leaves bytes that tell the parameters, and a mark
# with its name, process and times in ran/.
TOY = """
import json, os, pathlib, sys, time
from caselab.errors import UserError

OUTS = {"fetch": "data/raw/telco", "prepare": "data/prepared/churn", "train": "models/churn/{}",
        "evaluate": "reports/churn/{}", "compare": "leaderboards/churn"}

def run(verb, name, params, on_epoch):
    address = f"{verb}@{name}"
    began = time.time()
    behaviour = json.load(open("behaviour.json")).get(address, "")
    pathlib.Path("ran", f"{address}.{os.getpid()}.began").touch()
    if behaviour == "fail":
        raise ValueError("a toy breaks")
    if behaviour == "fail by user":
        raise UserError("Mend your toy.")
    if behaviour == "abort once" and not pathlib.Path("aborted").exists():
        pathlib.Path("aborted").touch()
        os.abort()
    if behaviour.startswith("sleep"):
        time.sleep(float(behaviour.split()[1]))
    while behaviour == "wait" and not pathlib.Path("go").exists():
        time.sleep(0.05)
    on_epoch(0, 1, {"loss": 0.5})
    out = pathlib.Path(OUTS[verb].format(name))
    out.mkdir(parents=True)
    block = params.pipelines[name].model_dump() if verb == "train" else verb
    (out / "content.txt").write_text(f"{block}")
    pathlib.Path("ran", f"{address}.{os.getpid()}.times").write_text(f"{began} {time.time()}")
"""

# `python -m flows.run` in which stages are toys and the fork server has nothing to import.
DRIVE = """
import sys
from caselab.stages import fork_server, process
from toys import toys
toys(fork_server, process)
from flows.command import leave
from flows.run import main
leave(main())
"""

TOYS = """
def toys(fork_server, process):
    call = process.call_in_fork
    def run_in_fork(verb, name, *, params, provenance, on_epoch, **options):
        call("toy:run", (verb, name, params), events=("on_epoch", on_epoch), **options)
    process.run_in_fork = run_in_fork
    fork_server.IMPORTS = dict.fromkeys(fork_server.IMPORTS, ())
"""


class Project:
    """A toy project in its folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def behave(self, **behaviour: str) -> None:
        """Have stages (`train_one`) fail, sleep, abort, or wait for a file `go`."""
        addresses = {key.replace("_", "@"): how for key, how in behaviour.items()}
        (self.root / "behaviour.json").write_text(json.dumps(addresses))

    def ran(self) -> list[str]:
        """Return which stages ran to their end since the last call."""
        return sorted(self.times())

    def times(self) -> dict[str, tuple[float, float]]:
        """Return when they ran, and forget them."""
        times = {}
        for file in (self.root / "ran").glob("*.times"):
            began, ended = file.read_text().split()
            times[file.name.split(".")[0]] = float(began), float(ended)
            file.unlink()
        return times

    def began(self, address: str) -> list[int]:
        """Return the processes in which a stage began."""
        marks = (self.root / "ran").glob(f"{address}.*.began")
        return [int(mark.name.split(".")[-2]) for mark in marks]

    def start(self, *arguments: str, environment=os.environ, **options) -> subprocess.Popen:
        """Start a run as a command of its own."""
        repository = Path(__file__).parents[2]
        path = os.pathsep.join(map(str, (self.root, repository, repository / "src")))
        return subprocess.Popen(
            [sys.executable, str(self.root / "drive.py"), *arguments],
            cwd=self.root,
            env={**environment, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """Serve Prefect once for all tests; what they start finds it by PREFECT_API_URL."""
    from flows import server

    with ExitStack() as stack:
        with chdir(tmp_path_factory.mktemp("server")):  # where it keeps its log
            url = stack.enter_context(server.connected())
        yield url


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Lay out a toy project, and be in it."""
    for name, content in {
        "dvc.yaml": DVC_YAML,
        "params.yaml": PARAMS,
        "toy.py": TOY,
        "toys.py": TOYS,
        "drive.py": DRIVE,
        "table.csv": "a,b\n1,2\n",
        ".gitignore": "/data\n/models\n/reports\n/leaderboards\n/.caselab\n/ran\n",
    }.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "ran").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CASELAB_TRACKING", "off")
    toy = Project(tmp_path)
    toy.behave()
    return toy


@pytest.fixture
def toys(project, monkeypatch):
    """Have stages that run in this test's own process be toys."""

    def run_in_fork(verb, name, *, params, provenance, on_epoch, **options):
        process.call_in_fork(
            "toy:run", (verb, name, params), events=("on_epoch", on_epoch), **options
        )

    fork_server.warm(["fetch"])
    monkeypatch.setattr(process, "run_in_fork", run_in_fork)
    return project
