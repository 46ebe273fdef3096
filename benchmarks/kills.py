"""What is lost when scoring, a promotion beside a server, or a retraining is killed: kill -9 at any moment.

    python -m benchmarks.kills [--score 10] [--promote 10] [--retrain 5] [--seed 7]

Each time a project that has a champion is laid out anew, the command is killed at a random moment and
then run again to its end. What there is then must be what there is of a command that nobody killed: each
record answered once, the same versions and champion, each event once, no process and no unfinished file
left. A server answers all the time while promotions are killed beside it, and ends with the new champion.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from rich.console import Console

from benchmarks.interruptions import LIMIT, environment, of_the_run, unfinished
from benchmarks.overhead import clone

PIPELINES = ("churn-baseline", "churn-logistic")
RECORDS = 40_000
"""That are scored: four parts."""
say = Console(soft_wrap=True, highlight=False).print


def main() -> None:
    """Kill as often as asked; exit with 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser()
    for name, times in (("score", 10), ("promote", 10), ("retrain", 5), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=times)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    faults = 0
    with tempfile.TemporaryDirectory() as home:
        folder = prepared(Path(home))
        for what, lay_out, state in (
            ("score", new_customers, scored),
            ("promote", new_candidate, registry),
            ("retrain", new_records, registry),
        ):
            if times := getattr(options, what):
                faults += killed(folder, what, lay_out, state, times, draw)
    sys.exit(bool(faults))


def killed(
    folder: Path,
    what: str,
    lay_out: Callable[[Path], list[str]],
    state: Callable[[Path], Any],
    times: int,
    draw: random.Random,
) -> int:
    """Kill one command so many times; return how often anything was not as it should be."""
    restore(folder, "champion")
    command = [sys.executable, "-m", "caselab", *lay_out(folder)]
    keep(folder, what)
    began = time.monotonic()
    subprocess.run(command, cwd=folder, env=of(folder), check=True, capture_output=True)
    seconds, expected = time.monotonic() - began, state(folder)
    bad = 0
    for number in range(times):
        restore(folder, what)
        server = Server(folder) if what == "promote" else None
        after = draw.uniform(0.3 if what == "promote" else 0.05, 1.0) * seconds
        run = subprocess.Popen(
            command, cwd=folder, env=of(folder), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            run.wait(after)
        run.kill()
        ended = run.wait() == 0
        others = {server.process.pid, *server.children()} if server else set()
        time.sleep(LIMIT)
        found = [f"process {pid} goes on" for pid in of_the_run(folder) if pid not in others]
        again = [*command, "--anyway"] if what == "retrain" else command
        done = subprocess.run(again, cwd=folder, env=of(folder), capture_output=True, text=True)
        if done.returncode:
            found.append(f"the next: {done.stdout[-800:]}{done.stderr[-800:]}")
        if (now := state(folder)) != expected:
            found.append(f"other than it should be: {now}, not {expected}")
        found += [f"left: {path}" for path in unfinished(folder)]
        if server is not None:
            found += server.end()
        bad += bool(found)
        say(
            f"{what} {number + 1}: killed after {after:.1f} of {seconds:.1f} s{' (had ended)' * ended}"
        )
        for fault in found:
            say(f"    {fault}")
    say(f"{what}: {times} kills, {bad} not as they should be")
    return bad


class Server:
    """A server of the champion that is asked all the time."""

    def __init__(self, folder: Path):
        self.failed: list[str] = []
        self.versions: list[int] = []
        self._stop = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "caselab", "serve", "churn", "--port", "0"],
            cwd=folder, env=of(folder), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self._url = self.process.stdout.readline().split()[-1]
        row = pd.read_csv(folder / "customers.csv").drop(columns="churn").iloc[[0]].astype(object)
        self._body = json.dumps(row.where(row.notna(), None).to_dict("records")).encode()
        deadline = time.monotonic() + 120
        while not self._ask(told=False):
            if time.monotonic() > deadline:
                raise TimeoutError(self._url)
            time.sleep(0.2)
        self._client = threading.Thread(target=self._go_on, daemon=True)
        self._client.start()

    def children(self) -> set[int]:
        """Return the processes of its versions."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(pid) for pid in pids.split()}

    def end(self) -> list[str]:
        """End it, and return what was not as it should be."""
        deadline = time.monotonic() + 60
        while self.versions[-1:] != [2] and time.monotonic() < deadline:
            time.sleep(0.2)
        self._stop.set()
        self._client.join()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        taken_over = sorted(self.versions) == self.versions and self.versions[-1] == 2
        found = [] if taken_over else [f"versions that answered: {self.versions[-5:]}"]
        if self.failed:
            found.append(f"{len(self.failed)} lost: {self.failed[0]}")
        return found

    def _go_on(self) -> None:
        while not self._stop.is_set():
            self._ask(told=True)
            time.sleep(0.05)

    def _ask(self, told: bool) -> bool:
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}/predict", self._body, kind)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                self.versions.append(json.loads(reply.read())["version"])
                return True
        except OSError as error:
            if told:
                self.failed.append(str(error))
            return False


def scored(folder: Path) -> dict[str, Any]:
    """Return every answer by its record, and how many there are."""
    parts = [pd.read_parquet(part) for part in (folder / "scores").rglob("*.parquet")]
    answers = pd.concat(parts).drop(columns="time").sort_values("record", ignore_index=True)
    return {"rows": len(answers), "hash": int(pd.util.hash_pandas_object(answers).sum())}


def registry(folder: Path) -> dict[str, Any]:
    """Return versions, aliases and events of churn, without what differs from time to time."""
    with sqlite3.connect(folder / "mlflow.db") as database:
        rows = database.execute("select value from registered_model_tags where key like '%event%'")
        events = [json.loads(value) for (value,) in rows]
        keys = database.execute(
            "select version, value from model_version_tags where key = 'caselab.candidate' order by 1"
        ).fetchall()
        aliases = database.execute("select alias, version from registered_model_aliases").fetchall()
    told = sorted(events, key=lambda event: event["when"])
    memory = json.loads((folder / ".caselab/champions/churn.json").read_text())
    return {
        "events": [(each["what"], each["version"], each["against"]) for each in told],
        "versions": keys,
        "aliases": sorted(aliases),
        "remembered": memory["version"],
    }


def new_customers(folder: Path) -> list[str]:
    """Have customers to be scored."""
    telco = pd.read_csv(folder / "customers.csv").drop(columns="churn")
    many = pd.concat([telco] * (RECORDS // len(telco) + 1), ignore_index=True).head(RECORDS)
    many["customer_id"] = [f"c{number}" for number in range(RECORDS)]
    many.to_csv(folder / "many.csv", index=False)
    return ["score", "churn", "many.csv"]


def new_candidate(folder: Path) -> list[str]:
    """Have a candidate that is better, and has not met the gate."""
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["pipelines"]["churn-logistic"]["model"] = {"C": 0.5}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    commit(folder)
    run(folder, "run", "churn", "--no-promote")
    return ["promote", "churn"]


def new_records(folder: Path) -> list[str]:
    """Have a source that has grown."""
    customers(folder, 3000)
    return ["retrain", "churn"]


def customers(folder: Path, rows: int) -> None:
    """Write the first customers of Telco where the source looks for them."""
    telco = pd.read_parquet(folder / "src/caselab/sources/telco.parquet")
    telco.head(rows).to_csv(folder / "customers.csv", index=False)


def prepared(home: Path) -> Path:
    """Return a clone of the committed project whose churn has a champion; it is kept as `champion`."""
    folder = clone(home / "project").resolve()
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["pipelines"] = {name: params["pipelines"][name] for name in PIPELINES}
    params["sources"]["telco"] = {"origin": "customers.csv"}
    params["gate"] = {"rule": "not_worse", "greatest_loss": 0.5}
    params["retraining"] = {"at_most_every": 0}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    customers(folder, 2000)
    commit(folder)
    run(folder, "run", "churn")
    keep(folder, "champion")
    return folder


def keep(folder: Path, name: str) -> None:
    """Keep the project as it is now."""
    shutil.copytree(folder, folder.parent / name, symlinks=True)


def restore(folder: Path, name: str) -> None:
    """Lay the project out as it was kept."""
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / name, folder, symlinks=True)


def commit(folder: Path) -> None:
    """Commit all that Git takes."""
    who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "bench"], cwd=folder, check=True)


def run(folder: Path, *words: str) -> None:
    """Run a command of caselab to its end."""
    subprocess.run(
        [sys.executable, "-m", "caselab", *words], cwd=folder, env=of(folder), check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def of(folder: Path) -> dict[str, str]:
    """Return the environment of the project's commands, of which nothing stays up."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("CASELAB_")}
    return ours | environment(folder) | {"CASELAB_KEEP_UP": "0"}


if __name__ == "__main__":
    main()
