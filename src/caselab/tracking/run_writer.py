"""How a record becomes a run in MLflow, in few requests, and twice the same as once."""

import math
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from caselab.tracking import authorship, store
from caselab.tracking.records import Record

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run

T = TypeVar("T")

PAGE = 1000
"""Runs that are asked for at once."""

NOTE = "mlflow.note.content"
"""The tag that MLflow's page shows above a run, or an experiment."""


@dataclass(frozen=True)
class Written:
    """Where a record went."""

    experiment_id: str
    run_id: str
    is_new: bool
    """The store had no run of that key."""
    metrics: Mapping[str, float]
    """All that the store knows now."""


def write(done: Record) -> Written:
    """Complete the run of `done.key`.

    Raises:
        StoreError: the store cannot be reached, or fails.
    """
    with store.client() as client:
        run, is_new = open_run(
            client,
            case=done.case,
            question=done.question,
            pipeline=done.pipeline,
            key=done.key,
            started=done.ended - (done.seconds or 0),
        )
        _log(client, run, done)
        _log_datasets(client, run, done.datasets)
        _log_files(client, run, done.files)
        trained = done.stage == "train" and done.seconds is not None
        trained_anew = trained and run.data.metrics.get("seconds/train") != done.seconds
        if run.info.status != "FINISHED" or trained_anew:
            client.set_terminated(run.info.run_id, "FINISHED", round(done.ended * 1000))
        known = run.data.metrics | done.metrics
        return Written(run.info.experiment_id, run.info.run_id, is_new, known)


def open_run(
    client: "MlflowClient", *, case: str, question: str, pipeline: str, key: str, started: float
) -> "tuple[Run, bool]":
    """Return the run of a key, and whether it had to be made."""
    home = experiment(client, case, question)
    if there := find(client, home, key):
        return there, False
    marks = {
        "caselab.key": key,
        "caselab.pipeline": pipeline,
        "caselab.case": case,
        "mlflow.user": authorship.user(),
    }
    return client.create_run(home, round(started * 1000), marks, run_name=pipeline), True


def experiment(client: "MlflowClient", case: str, question: str = "") -> str:
    """Return the id of a case's experiment, which is made where there is none."""
    from mlflow.exceptions import MlflowException

    if (there := client.get_experiment_by_name(case)) is None:
        described = {
            NOTE: question,
            "mlflow.experimentKind": "custom_model_development",  # its page opens on the runs
        }
        try:
            return str(client.create_experiment(case, store.artifacts(case), described))
        except MlflowException:
            if (there := client.get_experiment_by_name(case)) is None:
                raise
    if there.lifecycle_stage == "deleted":
        client.restore_experiment(there.experiment_id)
    return str(there.experiment_id)


def find(client: "MlflowClient", experiment_id: str, key: str) -> "Run | None":
    """Return the run of a key."""
    found = client.search_runs([experiment_id], f"tags.`caselab.key` = '{key}'", max_results=1)
    return found[0] if found else None


def all_runs(client: "MlflowClient", experiment_ids: list[str], which: str) -> "list[Run]":
    """Return all runs of experiments that a filter lets pass, the newest first."""
    runs: list[Run] = []
    token = None
    while True:
        page = client.search_runs(
            experiment_ids,
            which,
            order_by=["attributes.start_time DESC"],
            max_results=PAGE,
            page_token=token,
        )
        runs += page
        if not (token := page.token):
            return runs


def last_steps(run: "Run") -> dict[str, int]:
    """Return how far each metric of a run has come."""
    return {metric.key: metric.step for metric in run.data.to_proto().metrics}


def _log(client: "MlflowClient", run: "Run", done: Record) -> None:
    """Log what is missing or has changed; a repeated stage is not a new commit's work."""
    from mlflow.entities import Metric, Param, RunTag

    now, known = time.time_ns() // 1_000_000, run.data
    params = [Param(n, v) for n, v in done.params.items() if n not in known.params]
    tags = [
        RunTag(name, value)
        for name, value in done.tags.items()
        if name not in known.tags or (done.seconds is not None and known.tags[name] != value)
    ]
    described = known.tags.get(NOTE)
    # Training knows no scores: it describes only a run that nobody has described.
    if described != done.description and (described is None or done.stage == "evaluate"):
        tags.append(RunTag(NOTE, done.description))
    metrics = [
        Metric(name, value, now, 0)
        for name, value in done.metrics.items()
        if known.metrics.get(name) != value
    ]
    last = last_steps(run)
    metrics += [
        Metric(name, value, now, step)
        for name, curve in done.curves.items()
        for step, value in curve
        if step > last.get(name, -1)
    ]
    requests = max(len(params) / 100, len(tags) / 100, len(metrics) / 800)  # MLflow's limits
    for number in range(math.ceil(requests)):
        client.log_batch(
            run.info.run_id,
            metrics=_part(metrics, 800, number),
            params=_part(params, 100, number),
            tags=_part(tags, 100, number),
        )


def _part(values: Sequence[T], size: int, number: int) -> Sequence[T]:
    return values[number * size : (number + 1) * size]


def _log_datasets(
    client: "MlflowClient", run: "Run", datasets: Sequence[Mapping[str, str]]
) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    inputs = run.inputs.dataset_inputs if run.inputs else []
    known = {(each.dataset.name, each.dataset.digest) for each in inputs}
    new = [
        DatasetInput(
            Dataset(
                data["name"],
                data["digest"],
                "local",
                data["source"],
                data.get("schema"),
                data.get("profile"),
            ),
            [InputTag("mlflow.data.context", data["context"])],
        )
        for data in datasets
        if (data["name"], data["digest"]) not in known
    ]
    if new:
        _log_inputs(client, run.info.run_id, new)


def _log_inputs(client: "MlflowClient", run_id: str, inputs: "list[DatasetInput]") -> None:
    """Log datasets, which pipelines of a case share: MLflow fails where two add one at once."""
    from mlflow.exceptions import MlflowException

    try:
        client.log_inputs(run_id, inputs)
    except MlflowException as error:
        if not any(word in str(error).lower() for word in ("unique", "duplicate")):
            raise
        client.log_inputs(run_id, inputs)  # by now the other's is there


def _log_files(client: "MlflowClient", run: "Run", files: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy(files, Path(folder))
        client.log_artifacts(run.info.run_id, folder)


def copy(files: Mapping[str, str], folder: Path) -> None:
    """Copy files to their places in a folder."""
    for place, file in files.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
