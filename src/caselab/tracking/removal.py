"""Old runs in MLflow, and what of everything a registered version still needs."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.errors import UserError
from caselab.tracking import packaging, registry, store
from caselab.tracking.registry import Version

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PAGE = 1000
AT_ONCE = 50
"""Runs of one call of `mlflow gc`."""


def registered_versions() -> list[Version]:
    """Return every registered version of every case; none where nothing was ever tracked.

    Raises:
        UserError: tracking is off, or the store cannot be reached, so nobody can tell.
    """
    if store.is_off():
        raise UserError(
            "With CASELAB_TRACKING=off nobody can tell what registered versions need; unset it."
        )
    if store.identity() is None:
        return []
    with store.client() as client:
        models = [model.name for model in client.search_registered_models()]
    return [version for model in models for version in registry.versions(model)]


def locks(versions: list[Version]) -> Iterator[Path]:
    """Give the dvc.lock that each version keeps of the project as it then was.

    Raises:
        UserError: a version has lost it, so nobody can tell what it needs.
    """
    for version in versions:
        lock = registry.folder(version) / "artifacts" / packaging.LINEAGE / "dvc.lock"
        if not lock.exists():
            raise UserError(
                f"Version {version.number} of {version.case} has lost {lock}, so nobody can tell "
                "what it needs; delete that version in MLflow's page first."
            )
        yield lock


def remove_old_runs(keep: int, versions: list[Version], dry: bool = False) -> int:
    """Remove all but the newest `keep` runs of each pipeline; return how many.

    A registered version's run stays. Behind an address, a run is marked as deleted, and it is for
    whoever keeps that server to run `mlflow gc`; in a database it is removed with its files.
    """
    if store.is_off() or store.identity() is None:
        return 0
    needed = {version.run_id for version in versions}
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
