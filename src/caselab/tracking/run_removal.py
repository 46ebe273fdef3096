"""Old runs in MLflow, removed with their files."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.errors import UserError
from caselab.tracking import run_writer, searches, store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

AT_ONCE = 50
"""Runs of one call of `mlflow gc`."""


def remove(keep: int, needed: Collection[str], dry: bool = False) -> int:
    """Remove all but the newest `keep` runs, and searches, of each pipeline; return how many.

    Runs whose ids are `needed`, as by registered versions, stay. Behind an address, a run is marked as deleted, and it is for
    whoever keeps that server to run `mlflow gc`; in a database it is removed with its files.
    """
    if store.is_off() or store.identity() is None:
        return 0
    with store.client() as client:
        old = {
            run.info.run_id: run.info.artifact_uri
            for tag in ("caselab.pipeline", searches.SEARCH)
            for run in _old(client, tag, keep, needed)
        }
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


def _old(client: "MlflowClient", tag: str, keep: int, needed: Collection[str]) -> "list[Run]":
    """Return the runs that go, of those whose `tag` names a pipeline: a search's with its trials."""
    homes = [each.experiment_id for each in client.search_experiments()]
    seen: Counter[str] = Counter()
    old: list[Run] = []
    for run in run_writer.all_runs(client, homes, f"tags.`{tag}` LIKE '%'"):  # the newest first
        pipeline = run.data.tags[tag]
        seen[pipeline] += 1
        if seen[pipeline] > keep and run.info.run_id not in needed:
            old.append(run)
            if tag == searches.SEARCH:
                old += searches.children(client, run.info.experiment_id, run.info.run_id)
    return old


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
