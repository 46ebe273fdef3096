"""What a search has found, and what it leaves: a line for each trial, pictures, tables, a run in MLflow."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from caselab.cases import Case
from caselab.evaluation.comparison import Gain
from caselab.evaluation.metrics import Metric
from caselab.params import Params
from caselab.params.search import Between
from caselab.params.spaces import Space
from caselab.tracking import colors
from caselab.tracking.searches import SearchRun, TrialRecord
from caselab.tuning import change, pictures, settings
from caselab.tuning.search import Budget
from caselab.tuning.study import Sampler, Study, Tried


@dataclass(frozen=True)
class Wish:
    """What is searched, and how much."""

    pipeline: str
    sampler: Sampler
    budget: Budget
    honest: bool = False
    """Search once more without each fold, to judge by what the search had not seen."""


@dataclass(frozen=True)
class Outcome:
    """What a search has found, all of it from training rows."""

    wish: Wish
    metric: Metric
    present: Tried
    best: Tried | None
    """None where no trial came to its end."""
    counts: dict[str, int]
    """Trials by how they ended."""
    gain: Gain
    """Of the best over the present settings, paired by folds."""
    gap: float
    """By how much the best is expected to look better than it is; nan with one fold."""
    nested: float | None
    """The mean score of nested validation, where that was asked for."""
    text: str
    new: str
    """Params.yaml as it is, and as it would be; the same where nothing better was found."""
    folder: Path
    page: str | None
    """Of the run, behind MLflow's address."""

    @property
    def diff(self) -> str:
        """The change of params.yaml."""
        return change.diff(self.text, self.new)


def line(trial: Tried, *, is_best: bool) -> str:
    """Say in a line what a trial was and what came of it."""
    chosen = ", ".join(
        f"{name.partition('.')[2]}={settings.plain(value)}"
        for name, value in trial.settings.items()
    )
    if trial.number is None:
        return f"as in params.yaml: {trial.value:.5g} in {trial.seconds:.1f} s"
    ended = {
        "complete": f"{trial.value:.5g}{' (best)' if is_best else ''}",
        "pruned": "given up",
        "failed": f"failed, {trial.why.rstrip('.')}",
    }
    return f"trial {trial.number}: {ended[trial.state]} in {trial.seconds:.1f} s with {chosen}"


def run_of(params: Params, wish: Wish, case: Case, found: Space, key: str) -> SearchRun:
    """Return a search's run in MLflow, which is opened as the first trial ends."""
    block = params.pipelines[wish.pipeline]
    return SearchRun(
        case=block.case,
        question=case.question,
        pipeline=wish.pipeline,
        key=key,
        params={"sampler": wish.sampler, "seed": str(params.seed), **words(found)},
        tags={
            "caselab.architecture": block.architecture,
            "mlflow.runColor": colors.of_architecture(params, block.architecture),
        },
    )


def record(trial: Tried, metric: str) -> TrialRecord:
    """Return a trial as its run tells of it, by the case's metric."""
    now = time.time()
    metrics = {"seconds/train": trial.seconds}
    if trial.folds:
        metrics[f"validation/{metric}"] = trial.value
    return TrialRecord(
        name="present" if trial.number is None else str(trial.number),
        state=trial.state,
        params={name: str(value) for name, value in trial.settings.items()},
        metrics=metrics,
        folds=trial.folds,
        began=now - trial.seconds,
        ended=now,
    )


def leave(outcome: Outcome, study: Study, run: SearchRun) -> Outcome:
    """Leave pictures and tables of a search in its folder and in MLflow."""
    shown = outcome.folder / "shown"
    pictures.table(study, shown / "trials.csv")
    pictures.draw(study, outcome.metric.title, shown)
    (shown / "change.diff").write_text(outcome.diff, encoding="utf-8")
    figures = {
        "validation/present": outcome.present.value,
        "validation/best": outcome.best.value if outcome.best else float("nan"),
        "gain": outcome.gain.value,
        "gain_interval/low": outcome.gain.low,
        "gain_interval/high": outcome.gain.high,
        "expected_gap": outcome.gap,
        "validation/nested": float("nan") if outcome.nested is None else outcome.nested,
    }
    figures |= {f"trials/{state}": float(n) for state, n in outcome.counts.items()}
    known = {name: value for name, value in figures.items() if not np.isnan(value)}
    best = {f"best.{n}": str(v) for n, v in (outcome.best.settings if outcome.best else {}).items()}
    run.close(known, best, shown)
    return replace(outcome, page=run.page)


def words(found: Space) -> dict[str, str]:
    """Say what each argument may be."""
    words = {}
    for name, search in found.items():
        if isinstance(search, Between):
            scale = ", on a log scale" if search.log else ""
            words[name] = f"{search.low:g} to {search.high:g}{scale}"
        else:
            words[name] = " or ".join(str(settings.plain(value)) for value in search.values)
    return words
