"""What is lost when a run is interrupted: 30 times, by any signal, at any moment, at any process.

    python -m benchmarks.interruptions [--times 30] [--seed 7]

Each time a project is run from nothing, and at a random moment the command, a stage's process, the
fork server, Prefect's server or the command's whole process group is sent SIGINT, SIGTERM or
SIGKILL. What is then seen is compared with docs/troubleshooting.md: the exit code, no traceback,
and within two seconds no process of the run. Then the same command is run to its end: every hash
in dvc.lock is that of a run that nobody has interrupted, MLflow has one run a pipeline, and nothing
unfinished lies anywhere.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from benchmarks.overhead import clone

PIPELINES = ("churn-baseline", "churn-logistic", "churn-naive-bayes")
MADE = (
    "dvc.lock", "data/imports", "data/raw", "data/prepared", "data/features", "models", "reports",
    "leaderboards", "mlflow.db", "mlruns", ".dvc/cache", ".dvc/tmp",
)  # fmt: skip
WHO = ("command", "group", "stage", "fork server", "Prefect's server")
HOW = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
LIMIT = 2.0  # seconds from the end of the command to that of its processes
COMMAND = [sys.executable, "-m", "caselab", "run", "churn"]
HASHES = dict[str, Any]


def main() -> None:
    """Interrupt as often as asked; exit with 1 where anything was not as documented."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    say = Console(soft_wrap=True, highlight=False).print
    faults = 0
    with tempfile.TemporaryDirectory() as home:
        folder = prepared(Path(home))
        try:
            began = time.monotonic()
            subprocess.run(COMMAND, cwd=folder, env=environment(folder), check=True)
            seconds = time.monotonic() - began
            expected = hashes(folder)
            for seed in range(options.seed, options.seed + options.times):
                start_over(folder)
                found = interrupt(folder, random.Random(seed), seconds, expected, say, seed)
                faults += bool(found)
                for fault in found:
                    say(f"    {fault}")
        finally:
            subprocess.run(
                [sys.executable, "-m", "caselab", "stop"], cwd=folder, env=environment(folder)
            )
    say(f"{options.times} interruptions, {faults} not as documented")
    sys.exit(bool(faults))


def interrupt(
    folder: Path, draw: random.Random, seconds: float, expected: HASHES, say: Any, seed: int
) -> list[str]:
    """Interrupt one run, go on with it to its end, and return what was not as documented."""
    who, how = WHO[seed % len(WHO)], draw.choice(HOW)
    after = draw.uniform(0.5, seconds)
    output = folder / ".caselab" / "interrupted.log"
    with output.open("w") as file:
        run = subprocess.Popen(
            COMMAND, cwd=folder, env=environment(folder), stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip
    time.sleep(after)
    target = found(folder, who, run)
    if target is not None:
        (os.killpg if who == "group" else os.kill)(target, how)
    code = run.wait(300)
    time.sleep(LIMIT)
    faults = [f"process {pid} goes on" for pid in of_the_run(folder)]
    told = output.read_text()
    say(f"seed {seed}: {who}, {how.name} after {after:.1f} s: exit code {code}")
    if code not in codes(who, how, told) and target is not None:
        faults.append(f"exit code {code}: {told[-500:]}")
    if "Traceback" in told:
        faults.append(f"a traceback: {told[-1500:]}")
    if code == 130 and "stages to run" in told and "Go on with: caselab run churn" not in told:
        faults.append(f"not told how to go on: {told[-500:]}")
    again = subprocess.run(
        COMMAND, cwd=folder, env=environment(folder), capture_output=True, text=True
    )
    if again.returncode:
        faults.append(f"the next run: {again.stdout[-500:]}{again.stderr[-1500:]}")
    if (now := hashes(folder)) != expected:
        other = [a for a in expected if now.get(a) != expected[a]]
        faults.append(f"other hashes: {', '.join(other) or 'more stages'}")
    if sorted(runs(folder)) != sorted(PIPELINES):
        faults.append(f"runs in MLflow: {sorted(runs(folder))}")
    faults += [f"left: {path}" for path in unfinished(folder)]
    return faults


def codes(who: str, how: signal.Signals, told: str) -> set[int]:
    """Return the exit codes that are documented; a run that has ended by then ends with 0."""
    if who not in {"command", "group"}:
        return {0}
    if how == signal.SIGKILL:
        return {0, -how}
    begun = "stages to run" in told
    return {0, 130} if begun else {0, 130, -how, 1}  # before it has begun, as any program


def found(folder: Path, who: str, run: subprocess.Popen[bytes]) -> int | None:
    """Wait until there is such a process, and return it; None if the run has ended by then."""
    while run.poll() is None:
        if who in {"command", "group"}:
            return run.pid
        if who == "stage" and (stages := [p for p in of_the_run(folder) if p != run.pid]):
            return stages[0]
        if who != "stage" and (pid := kept(folder).get("prefect" if "Pre" in who else "forks")):
            return pid
        time.sleep(0.05)
    return None


def of_the_run(folder: Path) -> list[int]:
    """Return the processes that work in the project's folder, but for those that stay up."""
    pids = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            inside = (process / "cwd").readlink() == folder
            dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if inside and not dead and int(process.name) not in kept(folder).values():
            pids.append(int(process.name))
    return pids


def kept(folder: Path) -> dict[str, int]:
    """Return the processes that stay up between runs, by what they are."""
    files = (folder / ".caselab" / "kept").glob("*.lock")
    words = {file.stem.partition("-")[0]: file.read_text().split() for file in files}
    return {name: int(content[0]) for name, content in words.items() if content}


def hashes(folder: Path) -> HASHES:
    """Return what dvc.lock says of every stage."""
    text = (folder / "dvc.lock").read_text()
    locked: HASHES = yaml.load(text, yaml.CSafeLoader)["stages"]
    return locked


def runs(folder: Path) -> list[str]:
    """Return the names of MLflow's runs in the experiment of the case."""
    with sqlite3.connect(folder / "mlflow.db") as database:
        rows = database.execute(
            "select runs.name from runs join experiments using (experiment_id) "
            "where experiments.name = 'churn' and runs.lifecycle_stage = 'active'"
        )
        return [name for (name,) in rows]


def unfinished(folder: Path) -> Iterator[Path]:
    """Yield what is not whole and lies about."""
    yield from folder.rglob(".part-*")
    yield from (folder / ".caselab" / "unfinished").glob("*")


def prepared(home: Path) -> Path:
    """Return a clone of the committed project with a few quick pipelines."""
    folder = clone(home / "project").resolve()
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["pipelines"] = {name: params["pipelines"][name] for name in PIPELINES}
    params["blends"] = {}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    return folder


def start_over(folder: Path) -> None:
    """Remove all that a run leaves; what stays up between runs stays up."""
    for name in MADE:
        path = folder / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    for path in (folder / ".caselab").iterdir():
        if path.name != "kept":
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which the clone's own code runs and no other Prefect is found."""
    settings = {
        "PYTHONPATH": os.pathsep.join(map(str, (folder / "src", folder))),
        "PREFECT_HOME": str(folder.parent / "prefect"),
        "PREFECT_SERVER_API_PORT": "9",
        "CASELAB_KEEP_UP": "600",
    }
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "MLFLOW_"))}
    return ours | settings


if __name__ == "__main__":
    main()
