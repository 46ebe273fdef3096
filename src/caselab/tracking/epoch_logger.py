"""Epochs sent to MLflow while a network learns, without holding it up."""

import logging
import queue
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.tracking import run_writer, store
from caselab.tracking.results import epoch_metrics

if TYPE_CHECKING:
    from mlflow.entities import Run

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two requests."""

FAREWELL = 10.0
"""Seconds that the end of a stage waits for the last request; `publish` sends what is missing."""


class EpochLogger:
    """Pass epochs on to MLflow from a thread of its own.

    The run is opened at the first epoch, so a stage without epochs costs nothing here. A store that
    fails is told once and then left alone.
    """

    def __init__(
        self, *, case: str, question: str, pipeline: str, key: str, checkpoints: Path | None
    ):
        self.checkpoints = checkpoints
        self.costs: dict[str, float] = {}
        self._named = {"case": case, "question": question, "pipeline": pipeline, "key": key}
        self._started = time.time()
        self._epochs: queue.SimpleQueue[tuple[str, int, float, int] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._run: Run | None = None

    def epoch(self, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Take note of one epoch of the fit for `fold`, None for the fit on all rows."""
        now = time.time_ns() // 1_000_000
        for name, value in epoch_metrics(metrics, fold).items():
            self._epochs.put((name, epoch, float(value), now))
        if self._thread is None:
            self._thread = threading.Thread(target=self._pass_on, name="mlflow", daemon=True)
            self._thread.start()

    def close(self, *, failed: bool = False) -> None:
        """Wait a little for what is still to be sent."""
        if self._thread is None:
            return
        self._epochs.put(None)
        self._thread.join(FAREWELL)
        if failed and self._run is not None and not self._thread.is_alive():
            try:
                with store.client() as client:
                    client.set_terminated(self._run.info.run_id, "FAILED")
            except store.StoreError:
                return  # told already, or the run stays open for the next attempt

    def _pass_on(self) -> None:
        is_open = True
        while is_open:
            batch = self._batch()
            is_open = batch[-1] is not None
            try:
                self._send([point for point in batch if point is not None])
            except store.StoreError as error:
                log.warning("%s Training goes on; its run is written later.", error)
                self._run = None
                return

    def _batch(self) -> list[tuple[str, int, float, int] | None]:
        """Gather points for a while, or until there are no more."""
        batch = [self._epochs.get()]
        deadline = time.monotonic() + EVERY
        while batch[-1] is not None and (left := deadline - time.monotonic()) > 0:
            try:
                batch.append(self._epochs.get(timeout=left))
            except queue.Empty:
                break
        return batch

    def _send(self, points: list[tuple[str, int, float, int]]) -> None:
        if not points:
            return
        with store.client() as client:
            from mlflow.entities import Metric

            if self._run is None:
                self._run, _ = run_writer.open_run(client, started=self._started, **self._named)
                client.update_run(self._run.info.run_id, "RUNNING")
                self._last = run_writer.last_steps(self._run)
            new = [
                Metric(name, value, when, step)
                for name, step, value, when in points
                if step > self._last.get(name, -1)  # a resumed training repeats some
            ]
            for start in range(0, len(new), 1000):
                client.log_batch(self._run.info.run_id, metrics=new[start : start + 1000])
