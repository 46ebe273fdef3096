"""Old runs in MLflow, removed with their files."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.errors import UserError
from caselab.tracking import store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PAGE = 1000
AT_ONCE = 50
"""Runs of one call of `mlflow gc`."""


def remove(keep: int, needed: Collection[str], dry: bool = False) -> int:
    """Remove all but the newest `keep` runs of each pipeline; return how many.

    Runs whose ids are `needed`, as by registered versions, stay. Behind an address, a run is marked as deleted, and it is for
    whoever keeps that server to run `mlflow gc`; in a database it is removed with its files.
    """
    if store.is_off() or store.identity() is None:
        return 0
    with store.client() as client:
        seen: Counter[str] = Counter()
        old: dict[str, str] = {}
        for run in _runs(client):  # the newest first
            pipeline = run.data.tags["caselab.pipeline"]
            seen[pipeline] += 1
            if seen[pipeline] > keep and run.info.run_id not in needed:
                old[run.info.run_id] = run.info.artifact_uri
        if not dry:
            for run_id in old:
                client.delete_run(run_id)
    if not dry and not store.uri().startswith("http"):
        for start in range(0, len(old), AT_ONCE):
            _remove_for_good(list(old)[start : start + AT_ONCE])
        for address in old.values():
            folder = Path(address.removeprefix("file://")).parent  # MLflow leaves it, empty
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return len(old)


def _runs(client: "MlflowClient") -> Iterator["Run"]:
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    token = None
    while True:
        page = client.search_runs(
            experiments,
            "tags.`caselab.pipeline` LIKE '%'",
            order_by=["attributes.start_time DESC"],
            max_results=PAGE,
            page_token=token,
        )
        yield from page
        if not (token := page.token):
            return


def _remove_for_good(run_ids: list[str]) -> None:
    command = [sys.executable, "-m", "mlflow", "gc"]
    done = subprocess.run(
        [*command, "--run-ids", ",".join(run_ids)],
        env=os.environ | {"MLFLOW_TRACKING_URI": store.uri()},  # arguments may be read by all
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UserError(f"`mlflow gc` could not remove old runs: {reason[0]}")
