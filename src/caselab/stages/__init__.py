"""The one way into a stage: a function from files to files, entered the same way by whoever runs it.

`dvc repro` comes in by `caselab stage <verb> <name>`, the flow by a forked process, a test by
calling `run`. A stage's body is the function `run` of `stages/<verb>.py`, which takes `params` and
`name`, and the `tracker` where it has something to tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from caselab import params as parameters
from caselab.arguments import by_name
from caselab.params import Params
from caselab.project import addresses
from caselab.storage.determinism import repeatable
from caselab.tracking.tracker import Tracker, Untracked

VERBS = ("imports", "fetch", "prepare", "featurize", "train", "evaluate", "blend", "compare")


@dataclass(frozen=True)
class Provenance:
    """What a stage is made from, by DVC's hashes.

    `key` hashes all of it. `run` is the key under which MLflow has the run: that of the pipeline's
    train stage, so that training and evaluation are one run.
    """

    key: str
    run: str
    inputs: dict[str, str] = field(default_factory=dict)


OnEpoch = Callable[[int | None, int, dict[str, float]], None]
"""What hears of an epoch: fold, epoch, metrics."""


@dataclass(frozen=True)
class Overheard:
    """A tracker whose epochs somebody else hears too."""

    tracker: Tracker
    on_epoch: OnEpoch

    @property
    def checkpoints(self) -> Path | None:
        """The tracker's."""
        return self.tracker.checkpoints

    @property
    def costs(self) -> dict[str, float]:
        """The tracker's."""
        return self.tracker.costs

    def epoch(self, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Tell both."""
        self.tracker.epoch(fold, epoch, metrics)
        self.on_epoch(fold, epoch, metrics)


def run(
    verb: str,
    name: str = "",
    *,
    params: Params | None = None,
    provenance: Provenance | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """Run one stage in the current folder, which is the project's root; `imports` has no name.

    `params` are read from params.yaml where the caller has not read them already. Seeds and thread
    counts come from them, never from the machine, so that the same inputs leave the same bytes.
    Without `provenance` nothing is tracked and nothing can be resumed.
    """
    if params is None:
        params = parameters.load()
    run = import_module(f"caselab.stages.{verb}").run
    body = by_name(run, "params", "name", "tracker")
    with repeatable(params.seed, params.threads):
        if verb not in addresses.LEAVES or provenance is None:
            body(params, name, Untracked())
            return
        from caselab.tracking import looks_at_test_rows, runs

        started = time.monotonic()
        with runs.live(params, name, provenance.run) as tracker:
            body(params, name, Overheard(tracker, on_epoch) if on_epoch else tracker)
        parts = addresses.LEAVES[verb]
        if "evaluate" in parts:
            case = params.pipelines[name].case
            looks_at_test_rows.record(case, f"evaluate {name}", provenance.key)
        seconds, inputs = time.monotonic() - started, provenance.inputs
        for part in parts:
            runs.publish(
                params, name, provenance.run, inputs, seconds, stage=part, costs=tracker.costs
            )
