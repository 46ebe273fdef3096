"""What an answer costs over HTTP: `caselab serve` beside `mlflow models serve` and a bare call.

    python -m benchmarks.serving [--soak MINUTES] [FOLDER=CASE …]

FOLDER is the root of a project in which CASE has a champion; by default churn's of this one. On loopback,
for each champion: throughput, median and 99th percentile of single records, asked by one client and
by eight at once, and of batches of 100; MLflow's own server of the same version; and the version's
code called in one process without HTTP. Both servers are up and asked by turns, so that a busy machine
slows both alike. Clients share the machine's cores with the servers.
*processor* is the milliseconds of the processor that the server and its processes take for a request,
which other work on the machine changes little.

`--soak MINUTES` asks for so long by four clients, meanwhile changes the champion three times and
kills the worker three times, and counts answers that are wrong and requests that are lost.
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from caselab.project import places
from caselab.registry import champions
from caselab.serving import fields
from caselab.storage import datasets

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/serving.json"

ROUNDS, SECONDS = 5, 2.0  # turns of each server, and how long one lasts
WARM = 1.0  # seconds
CLIENTS = 8
START_LIMIT = 180.0


def main() -> None:
    """Measure each champion, or let one be asked for long; print and keep what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("champions", nargs="*", default=[".=churn"], metavar="FOLDER=CASE")
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    given = parser.parse_args()
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    for each in given.champions:
        folder, _, case = each.partition("=")
        os.chdir(Path(folder).resolve())
        if given.soak:
            from benchmarks import soak

            known["soak"] = soak.soaked(case, 60 * given.soak)
        else:
            present = champions.champion(case)
            assert present is not None
            known[present["pipeline"]] = measured(case, present)
        os.chdir(ROOT)
        RESULT.write_text(json.dumps(known, indent=1) + "\n")
    print(json.dumps(known, indent=1))


def measured(case: str, present: dict[str, Any]) -> dict[str, Any]:
    """Return milliseconds and records a second, of the server, of MLflow's and of a bare call."""
    records = held_out(case)
    found: dict[str, Any] = {"bare": bare(present, records)}
    with serving(case) as ours, mlflow_serving(present["folder"]) as theirs:
        to = {
            "caselab": Asked(*ours, f"/{case}/predict", records, as_json),
            "mlflow": Asked(*theirs, "/invocations", records, as_split),
        }
        for size, clients in ((1, 1), (1, CLIENTS), (100, 1)):
            for each in to.values():
                each.for_so_long(size, clients, WARM)
            for each in to.values():
                each.forget()
            for _ in range(ROUNDS):
                for each in to.values():
                    each.for_so_long(size, clients, SECONDS)
            name = f"{size} record" + ("s" if size > 1 else "")
            name += f", {clients} clients" if clients > 1 else ""
            for server, each in to.items():
                found.setdefault(server, {})[name] = each.told(size)
    return found


class Asked:
    """One server that is asked, and what its answers have taken."""

    def __init__(
        self,
        url: str,
        process: subprocess.Popen[bytes],
        path: str,
        records: pd.DataFrame,
        body: Callable[[pd.DataFrame], bytes],
    ):
        self.url, self.process, self.path = url, process, path
        self.bodies = {
            1: [body(records.iloc[[row]]) for row in range(min(200, len(records)))],
            100: [body(records.iloc[start : start + 100]) for start in range(0, 1000, 100)],
        }
        self.forget()

    def forget(self) -> None:
        """Begin to count anew."""
        self.taken: list[float] = []
        self.seconds = self.spent = 0.0

    def for_so_long(self, size: int, clients: int, seconds: float) -> None:
        """Ask by so many clients for so many seconds."""
        before = processor(self.process)
        taken, seconds = load(self.url, self.path, self.bodies[size], clients, seconds)
        self.spent += processor(self.process) - before
        self.taken += taken
        self.seconds += seconds

    def told(self, size: int) -> dict[str, float]:
        """Return what a request of so many records takes."""
        milliseconds = 1000 * np.array(self.taken)
        return {
            "p50": round(float(np.percentile(milliseconds, 50)), 2),
            "p99": round(float(np.percentile(milliseconds, 99)), 2),
            "records_per_second": round(size * len(self.taken) / self.seconds, 1),
            "processor": round(1000 * self.spent / len(self.taken), 2),
        }


def processor(process: subprocess.Popen[bytes]) -> float:
    """Return the seconds of the processor that a server and what it started have taken."""
    ours = psutil.Process(process.pid)
    return sum(sum(each.cpu_times()[:2]) for each in (ours, *ours.children(recursive=True)))


def load(
    url: str, path: str, bodies: list[bytes], clients: int, seconds: float
) -> tuple[list[float], float]:
    """Ask for so long; return the seconds that each answer took, and that all took."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        to = http.client.HTTPConnection(url)
        while (start := time.perf_counter()) < end:
            status, _ = posted(to, path, bodies[number % len(bodies)])
            assert status == 200, status
            taken.append(time.perf_counter() - start)
            number += clients
        to.close()

    begun = time.perf_counter()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken, time.perf_counter() - begun


def posted(to: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, bytes]:
    """Return the status of a reply, and its body."""
    to.request("POST", path, body, {"Content-Type": "application/json"})
    reply = to.getresponse()
    return reply.status, reply.read()


BARE = """
import json, pathlib, sys, time
import numpy as np, pandas as pd
artifacts = pathlib.Path(sys.argv[1], "artifacts")
sys.path.insert(0, str(artifacts / "code"))
from caselab.registry.registered_model import RawRecords
model, records = RawRecords(), pd.read_parquet(sys.argv[2])
model.load(artifacts)
found = {}
for name, size, times in (("1 record", 1, 200), ("100 records", 100, 40)):
    taken, begun = [], time.process_time()
    for number in range(times):
        rows = records.iloc[number * size % 900 :][:size].reset_index(drop=True)
        start = time.perf_counter()
        model.predict(rows, {"options": {}})
        taken.append(1000 * (time.perf_counter() - start))
    spent = (time.process_time() - begun) / times
    found[name] = {
        "p50": round(float(np.percentile(taken, 50)), 2),
        "p99": round(float(np.percentile(taken, 99)), 2),
        "records_per_second": round(1000 * size * len(taken) / sum(taken), 1),
        "processor": round(1000 * spent, 2),
    }
print(json.dumps(found))
"""


def bare(present: dict[str, Any], records: pd.DataFrame) -> dict[str, Any]:
    """Return what the version's code takes in a process of its own, without HTTP."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "records.parquet")
        records.to_parquet(file, index=False)
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-c", BARE, present["folder"], str(file)],
            check=True,
            capture_output=True,
            text=True,
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def held_out(case: str) -> pd.DataFrame:
    """Return the test records of a case."""
    records = datasets.read(places.prepared(case) / "test").X
    assert isinstance(records, pd.DataFrame)
    return pd.concat([records] * (1 + 1000 // len(records)), ignore_index=True).head(1000)


def as_json(records: pd.DataFrame) -> bytes:
    """Return records as `caselab serve` takes them."""
    return json.dumps(fields.rows(records)).encode()


def as_split(records: pd.DataFrame) -> bytes:
    """Return records as MLflow's server takes them."""
    rows = [[fields.plain(value) for value in row] for row in records.to_numpy(dtype=object)]
    return json.dumps({"dataframe_split": {"columns": [*records], "data": rows}}).encode()


@contextmanager
def serving(case: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a case by caselab."""
    with started([sys.executable, "-m", "caselab", "serve", case], "/ready") as found:
        yield found


@contextmanager
def mlflow_serving(folder: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a version by MLflow."""
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", folder, "-h", "127.0.0.1"]
    with started([*command, "--env-manager", "local"], "/ping") as found:
        yield found


@contextmanager
def started(command: list[str], path: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a server on a free port until the end, from when it is ready on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"127.0.0.1:{port}"
    process = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_LIMIT
        while not is_up(url, path):
            assert process.poll() is None, command
            assert time.monotonic() < deadline, command
            time.sleep(0.2)
        yield url, process
    finally:
        ours = [*psutil.Process(process.pid).children(recursive=True)]
        process.terminate()
        process.wait(60)
        for left in ours:
            if left.is_running():
                left.kill()


def is_up(url: str, path: str) -> bool:
    """Tell whether a server says that it is ready."""
    try:
        to = http.client.HTTPConnection(url, timeout=5)
        to.request("GET", path)
        return to.getresponse().status == 200
    except OSError:
        return False


if __name__ == "__main__":
    main()
