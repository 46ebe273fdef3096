"""A server under load for long, while champions change and workers are killed: see serving.py."""

import http.client
import json
import subprocess
import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import psutil

from benchmarks.serving import as_json, held_out, posted, serving
from caselab.registry import champions, versions
from caselab.registry.history import Event
from caselab.registry.model_process import ModelProcess
from caselab.serving import fields
from caselab.tracking import store

CLIENTS = 4
CHANGES = 3  # of the champion, and as many kills of the worker, by turns


class Tally:
    """What clients got."""

    def __init__(self, wanted: dict[int, list[dict[str, Any]]]):
        self.wanted, self.lock = wanted, threading.Lock()
        self.counts = dict.fromkeys(("answered", "wrong", "told 503", "lost"), 0)
        self.by_version = dict.fromkeys(wanted, 0)

    def add(self, status: int, reply: bytes, number: int) -> None:
        """Count a reply to the record of that number."""
        with self.lock:
            if status != 200:
                self.counts["told 503" if status == 503 else "lost"] += 1
                return
            said = json.loads(reply)
            self.counts["answered"] += 1
            self.by_version[said["version"]] += 1
            self.counts["wrong"] += said["answers"] != [self.wanted[said["version"]][number]]


def soaked(case: str, seconds: float) -> dict[str, Any]:
    """Ask for long, and count what went wrong; the case needs two versions."""
    records = held_out(case).head(50)
    first, second = sorted(versions.versions(case), key=lambda each: each.number)[:2]
    tally = Tally({each.number: alone(each, records) for each in (first, second)})
    bodies = [as_json(records.iloc[[row]]) for row in range(len(records))]
    crown(first)
    stop = threading.Event()

    def client(url: str, number: int) -> None:
        to = http.client.HTTPConnection(url, timeout=60)
        while not stop.is_set():
            number = (number + CLIENTS) % len(bodies)
            try:
                status, reply = posted(to, f"/{case}/predict", bodies[number])
            except (OSError, http.client.HTTPException):
                to.close()
                status, reply = 0, b""
            tally.add(status, reply, number)

    with serving(case) as (url, process):
        threads = [threading.Thread(target=client, args=(url, n)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        memory = disturbed(process, [second, first] * CHANGES, seconds)
        stop.set()
        for thread in threads:
            thread.join()
    third = max(1, len(memory) // 3)
    return {
        "minutes": round(seconds / 60, 1),
        "champion changes": CHANGES,
        "kills": CHANGES,
        **tally.counts,
        "by version": tally.by_version,
        "server MiB, first third": round(float(np.median(memory[:third])), 1),
        "server MiB, last third": round(float(np.median(memory[-third:])), 1),
    }


def disturbed(
    process: subprocess.Popen[bytes], coming: list[versions.Version], seconds: float
) -> list[float]:
    """Change champions and kill workers by turns; return the server's MiB by second."""
    memory, begun = [], time.monotonic()
    events = [seconds * (n + 1) / (2 * CHANGES + 1) for n in range(2 * CHANGES)]
    while (now := time.monotonic() - begun) < seconds:
        if events and now >= events[0]:
            events.pop(0)
            if len(events) % 2:
                crown(coming.pop(0))
            else:
                for worker in psutil.Process(process.pid).children():
                    worker.kill()
        memory.append(psutil.Process(process.pid).memory_info().rss / 2**20)
        time.sleep(1)
    return memory


def alone(version: versions.Version, records: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what a version says of each record alone, asked without a server."""
    artifacts = versions.folder(version) / "artifacts"
    found = []
    with ModelProcess() as process:
        for row in range(len(records)):
            one = pd.DataFrame(json.loads(as_json(records.iloc[[row]])))
            process.ask(artifacts, one, {"options": {}})
            found += fields.rows(process.answers())
    return json.loads(json.dumps(found))


def crown(version: versions.Version) -> None:
    """Make a version champion, whatever a gate would say."""
    event = Event(
        what="promoted", version=version.number, key=version.key, pipeline=version.pipeline,
        why="the benchmark of serving",
    )  # fmt: skip
    with store.client() as client:
        champions.give_alias(client, version, event)
        champions.refresh(client, version.case)
