"""What the flow costs beside a bare script, and per stage on stages that do nothing.

    python -m benchmarks.overhead

Three measurements, each in one run on one machine, with a Prefect server running:

* churn: its eight pipelines by the flow (two processes at once, tracking on), and by a bare script
  that calls the same stage functions one after the other in one process, with no DVC, no Prefect
  and no MLflow;
* synthetic: 30 and 270 stages whose bodies write one small file (every train stage also writes an
  MLflow run), from a cold command to its end;
* chain: five such stages in a row, in a process that is warm. FACTS.md has the same chain at Kedro
  0.2 s (keeps nothing), Prefect alone 1.2, ZenML 2.6, `dvc repro` 5.6, Metaflow 6.7.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows import server

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).parent / "results" / "overhead.json"
FIXED = 4  # fetch, prepare, featurize, compare

DVC_YAML = """
stages:
  fetch:
    foreach: ${sources}
    do: {cmd: toy, deps: [toy.py], params: ["sources.${key}"], outs: ["data/raw/${key}"]}
  prepare:
    foreach: ${cases}
    do: {cmd: toy, deps: ["data/raw/${item.source}"], outs: ["data/prepared/${key}"]}
  featurize:
    foreach: ${views}
    do: {cmd: toy, deps: ["data/prepared/${item.case}"], outs: ["data/features/${key}"]}
  train:
    foreach: ${pipelines}
    do:
      cmd: toy
      deps: ["data/features/${item.view}", toy.py]
      params: [seed, "pipelines.${key}"]
      outs: ["models/${item.case}/${key}"]
  evaluate:
    foreach: ${pipelines}
    do: {cmd: toy, deps: ["models/${item.case}/${key}"], outs: ["reports/${item.case}/${key}"]}
  compare:
    foreach: ${cases}
    do: {cmd: toy, deps: ["reports/${key}"], outs: ["leaderboards/${key}"]}
"""

TOY = """
import pathlib, time

OUTS = {"fetch": "data/raw/telco", "prepare": "data/prepared/churn",
        "featurize": "data/features/churn-table", "train": "models/churn/{}",
        "evaluate": "reports/churn/{}", "compare": "leaderboards/churn"}

def run(verb, name):
    out = pathlib.Path(OUTS[verb].format(name))
    out.mkdir(parents=True)
    (out / "content.txt").write_text(f"{verb} {name} {time.time()}")
    if verb == "train":
        from caselab.tracking import store
        from mlflow.entities import Metric
        with store.client() as client:
            run = client.create_run("0", run_name=name)
            client.log_batch(run.info.run_id, metrics=[Metric("roc_auc", 0.8, 0, 0)])
            client.set_terminated(run.info.run_id)
"""

# flows.run on toys; with a number, run that often in one process and print the last run's seconds.
DRIVE = """
import json, sys, time
from caselab.stages import fork_server, process

call = process.call_in_fork
def run_in_fork(verb, name, *, params, provenance, on_epoch, **options):
    call("toy:run", (verb, name), **options)
process.run_in_fork = run_in_fork
imports = {v: fork_server.MLFLOW if v == "train" else () for v in fork_server.IMPORTS}
fork_server.IMPORTS = imports

times, arguments = int(sys.argv[1]), sys.argv[2:]
from flows.run import main
for _ in range(times):
    start = time.monotonic()
    code = main(["--no-promote", *arguments])
    seconds = time.monotonic() - start
    assert code == 0, code
    arguments = ["--force", *sys.argv[2:]]
json.dump(seconds, open("seconds.json", "w"))
"""

BARE = """
import time
start = time.monotonic()
from caselab import params, stages
names = params.load()
stages.run("imports")
stages.run("fetch", "telco")
stages.run("prepare", "churn")
stages.run("featurize", "churn-table")
for name in (name for name, block in names.pipelines.items() if block.case == "churn"):
    stages.run("train", name)
    stages.run("evaluate", name)
stages.run("compare", "churn")
print(time.monotonic() - start)
"""


def main() -> None:
    """Measure all three and write them down."""
    kept: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, server.connected() as address:
        say = Console(stderr=True).print
        flow_clone, bare_clone = (clone(Path(folder, name)) for name in ("flow", "bare"))
        say("churn by the flow …")
        flow = timed(
            flow_clone, [sys.executable, "-m", "flows.run", "churn", "--no-promote"], address
        )
        say("churn by a bare script …")
        bare = timed(bare_clone, [sys.executable, "-c", BARE], address)
        stages = FIXED + 17  # with imports
        kept["churn"] = {"flow": flow, "bare": bare, "ratio": flow / bare, "stages": stages}
        for pipelines in (13, 133):
            count = FIXED + 2 * pipelines
            say(f"{count} synthetic stages …")
            project = toys(Path(folder, f"toys-{count}"), pipelines)
            seconds = timed(project, [sys.executable, "drive.py", "1"], address)
            kept[f"synthetic {count}"] = {"flow": seconds, "per_stage": seconds / count}
        say("a chain of five, warm …")
        project = toys(Path(folder, "chain"), 1)
        timed(project, [sys.executable, "drive.py", "3", "evaluate@p0"], address)
        kept["chain of 5, warm"] = {"flow": json.loads((project / "seconds.json").read_text())}
    report(kept)


def clone(folder: Path) -> Path:
    """Check out the committed project."""
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    (folder / "dvc.lock").unlink(missing_ok=True)
    return folder


def toys(folder: Path, pipelines: int) -> Path:
    """Write a project of toy stages."""
    folder.mkdir()
    blocks = "\n".join(
        f"  p{i}: {{case: churn, view: churn-table, architecture: baseline}}"
        for i in range(pipelines)
    )
    (folder / "params.yaml").write_text(
        "seed: 7\nthreads: 1\nflow: {slots: {cores: 2, memory: 16, gpu: 0}}\n"
        "sources: {telco: {origin: toy.csv}}\n"
        "cases:\n  churn:\n    source: telco\n    split: {test: 0.2}\n"
        "    validation: {kind: stratified, folds: 5}\n    evaluation: {}\n"
        f"views: {{churn-table: {{case: churn, view: table}}}}\npipelines:\n{blocks}\n"
    )
    (folder / "dvc.yaml").write_text(DVC_YAML)
    (folder / "toy.py").write_text(TOY)
    (folder / "drive.py").write_text(DRIVE)
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=folder, check=True)
    return folder


def timed(folder: Path, command: list[str], address: str) -> float:
    """Return the seconds of a command in a project of its own."""
    paths = (folder / "src", folder, ROOT)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PREFECT_API_URL": address,
    }
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - start
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return seconds


def report(kept: dict[str, dict[str, float]]) -> None:
    """Print and keep what was measured."""
    shown = Table("what", "seconds", "beside")
    churn = kept["churn"]
    what = f"churn, {churn['stages']} stages"
    shown.add_row(f"{what}, flow", f"{churn['flow']:.1f}", f"ratio {churn['ratio']:.2f}")
    shown.add_row(f"{what}, bare script", f"{churn['bare']:.1f}", "one process")
    for name, measured in kept.items():
        if name.startswith("synthetic"):
            each = f"{measured['per_stage']:.3f} s a stage"
            shown.add_row(name, f"{measured['flow']:.1f}", each)
    shown.add_row("chain of 5, warm", f"{kept['chain of 5, warm']['flow']:.2f}", "Prefect 1.2")
    Console().print(shown)
    RESULT.write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
