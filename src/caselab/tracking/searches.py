"""Searches in MLflow: one run a search, in it a run for each trial.

A search is found by its key, and a trial by its number in it, so that one that goes on after a kill
adds what is missing. A store that cannot be reached costs a sentence and never a trial.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.tracking import authorship, run_writer, store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

log = logging.getLogger(__name__)

SEARCH = "caselab.search"
"""The tag of a search's run: the pipeline whose settings are searched."""
TRIAL = "caselab.trial"
"""The tag of a trial's run: its number."""
PARENT = "mlflow.parentRunId"
FOLDS = "folds"
STATES = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
"""What MLflow calls the end of a trial."""


@dataclass(frozen=True)
class TrialRecord:
    """A trial that has ended."""

    name: str
    """Its number, or `present`."""
    state: str
    params: dict[str, str]
    metrics: dict[str, float]
    folds: list[float]
    began: float
    """Seconds since 1970."""
    ended: float


@dataclass
class SearchRun:
    """The run of a search, told of trials as they end; any thread may tell.

    Args:
        case, question: of the case, whose experiment it stands in.
        pipeline: whose settings are searched.
        key: by which it is found again.
        params: of the search: its sampler, its space.
        tags: further ones.
    """

    case: str
    question: str
    pipeline: str
    key: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    page: str | None = None
    """Of the run, behind MLflow's address; None before it is open, and with tracking off."""
    _run_id: str = ""
    _waiting: dict[str, TrialRecord] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _fails: bool = False

    def add(self, trial: TrialRecord) -> None:
        """Write a trial's run, and those that had to wait."""
        with self._lock:
            self._waiting[trial.name] = trial
            if not self._fails and not store.is_off():
                self._write()

    @contextmanager
    def ended_by_errors(self) -> Iterator[None]:
        """Have the run say that the search was stopped, where the body is; what goes on opens it again."""
        try:
            yield
        except BaseException:
            with self._lock, suppress(store.StoreError):
                if self._run_id:
                    with store.client() as client:
                        client.set_terminated(self._run_id, "KILLED")
            raise

    def close(self, metrics: Mapping[str, float], tags: Mapping[str, str], folder: Path) -> None:
        """Complete the search's run with its figures and the files of a folder."""
        if store.is_off():
            return
        with self._lock:
            self._fails = False
            self._write()
            if self._fails:
                return
            with store.client() as client:
                for name, value in metrics.items():
                    client.log_metric(self._run_id, name, value)
                for name, text in tags.items():
                    client.set_tag(self._run_id, name, text)
                client.log_artifacts(self._run_id, str(folder))
                client.set_terminated(self._run_id, "FINISHED")

    def _write(self) -> None:
        try:
            with store.client() as client:
                if not self._run_id:
                    self._open(client)
                for name, trial in list(self._waiting.items()):
                    if name not in self._known:
                        self._write_trial(client, trial)
                        self._known.add(name)
                    del self._waiting[name]
        except store.StoreError as error:
            self._fails = True
            log.warning("%s The search goes on; its run is written at its end.", error)

    def _open(self, client: MlflowClient) -> None:
        from mlflow.entities import Param

        home = run_writer.experiment(client, self.case, self.question)
        run = run_writer.find(client, home, self.key)
        if run is None:
            marks = {
                "caselab.key": self.key,
                SEARCH: self.pipeline,
                "caselab.case": self.case,
                "mlflow.user": authorship.user(),
                "mlflow.source.name": f"caselab tune {self.pipeline}",
                "mlflow.source.type": "LOCAL",
                **self.tags,
            }
            run = client.create_run(home, tags=marks, run_name=f"tune {self.pipeline}")
            params = [Param(name, value[:6000]) for name, value in self.params.items()]
            client.log_batch(run.info.run_id, params=params)
        else:
            client.update_run(run.info.run_id, "RUNNING")
            for child in children(client, home, run.info.run_id):
                self._known.add(child.data.tags.get(TRIAL, ""))
        self._run_id = run.info.run_id
        self._home = home
        self.page = f"experiments/{home}/runs/{self._run_id}"

    def _write_trial(self, client: MlflowClient, trial: TrialRecord) -> None:
        from mlflow.entities import Metric, Param

        ended = round(trial.ended * 1000)
        run = client.create_run(
            self._home,
            round(trial.began * 1000),
            {PARENT: self._run_id, TRIAL: trial.name, "caselab.case": self.case, **self.tags},
            run_name=f"trial {trial.name}" if trial.name.isdigit() else trial.name,
        )
        metrics = [Metric(name, value, ended, 0) for name, value in trial.metrics.items()]
        metrics += [Metric(FOLDS, value, ended, step) for step, value in enumerate(trial.folds)]
        params = [Param(name, value) for name, value in trial.params.items()]
        client.log_batch(run.info.run_id, metrics=metrics, params=params)
        client.set_terminated(run.info.run_id, STATES[trial.state], ended)


def children(client: MlflowClient, experiment_id: str, run_id: str) -> list[Run]:
    """Return the runs of a search's trials."""
    return run_writer.all_runs(client, [experiment_id], f"tags.`{PARENT}` = '{run_id}'")
