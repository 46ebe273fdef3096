"""A pipeline on the training rows of its case: fitted on what a fold learns from, asked what it holds out.

What `train` does for good and tuning for a trial goes this one way, so that nothing is fitted
outside a fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab import architectures, cases, problems
from caselab.cases import Case
from caselab.data import splits
from caselab.params import Params
from caselab.problems import Problem
from caselab.project import places
from caselab.stages import soundness
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from caselab.tracking.tracker import Tracker


@dataclass(frozen=True)
class Fits:
    """A pipeline on the training rows of its case."""

    name: str
    is_baseline: bool
    pipeline: Pipeline
    case: Case
    problem: Problem
    rows: Dataset
    kind: str  # of validation
    times: np.ndarray | None  # (n_samples,)
    tracker: Tracker

    @classmethod
    def of(cls, params: Params, name: str, tracker: Tracker, without: int | None = None) -> Fits:
        """Return the pipeline of a block, unfitted, on what its view has made of the training rows.

        `without` leaves only the rows that may be learned from where that fold is asked.
        """
        block = params.pipelines[name]
        case = cases.load(block.case)
        rows = datasets.read(places.features(block.view) / "train")
        validation = params.cases[block.case].validation
        if without is not None:
            assert rows.fold is not None
            learned = splits.learned_from(validation.kind, rows.fold, without)
            rows = rows.take(np.flatnonzero(learned))
        return cls(
            name=name,
            is_baseline=block.architecture == problems.load(case.problem).baseline_architecture,
            pipeline=architectures.build(
                block, params.views[block.view].view, case.problem, params.seed, params.threads
            ),
            case=case,
            problem=problems.load(case.problem),
            rows=rows,
            kind=validation.kind,
            times=splits.times(validation, group=rows.group, time=rows.time, series=rows.series),
            tracker=tracker,
        )

    def folds(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Yield each fold with the positions to learn from and those to ask."""
        assert self.rows.fold is not None  # prepare sets it on every training row
        return folds(self.rows.fold, self.kind)

    def fit(self, positions: np.ndarray, fold: int | None, share: float = 1.0) -> Pipeline:
        """Fit a fresh copy, going on from where a killed run of the same fit had come to."""
        part = self.rows.take(positions)
        checkpoints = self.tracker.checkpoints
        if checkpoints:
            checkpoints = checkpoints / f"fold-{'all' if fold is None else fold}-{share:g}"
        tell: Callable[..., None] | None = partial(self.tracker.epoch, fold) if share == 1 else None
        times = None if self.times is None else self.times[positions]
        fitted = architectures.fit(
            self.pipeline,
            self.case.problem,
            part,
            self.kind,
            times,
            checkpoints=checkpoints,
            on_epoch=tell,
        )
        if share == 1:  # of few rows some learn nothing, which the learning curve is to show
            of = "all rows" if fold is None else f"fold {fold}"
            soundness.require_finite_losses(rounds(fitted), self.name, f"the fit on {of}")
        return fitted

    def answer(self, fitted: Pipeline, positions: np.ndarray) -> pd.DataFrame:
        """Ask a fitted pipeline about rows."""
        return self.problem.answer(fitted, self.rows.take(positions).X)

    def comparable(self, held_out: list[pd.DataFrame]) -> list[pd.DataFrame]:
        """Return answers by fold, of which it is odd if they are all the same; none of a baseline."""
        y = self.rows.y
        if self.is_baseline or (y is not None and y.map(str).nunique() < 2):
            return []
        parts = [pd.concat(held_out)] if self.kind == "leave_one_out" else held_out
        return [part.drop(columns=["id", "fold"]) for part in parts]

    def score(self, positions: np.ndarray, answers: pd.DataFrame) -> float:
        """Score by the case's primary metric, before any threshold is chosen."""
        metric = self.problem.metrics[self.case.metric]
        return metric.function(self._targets(positions), answers, {}, self.case)

    def learnable(self, positions: np.ndarray) -> bool:
        """Tell whether a part of the rows is enough to learn from."""
        return self.problem.learnable(self._targets(positions), self.rows.y)

    def _targets(self, positions: np.ndarray) -> pd.Series | None:
        y = self.rows.y
        return None if y is None else y.iloc[positions].reset_index(drop=True)


def folds(fold: np.ndarray, kind: str) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield each fold with the positions to learn from and those to ask; fold -1 is never asked."""
    for number in np.unique(fold[fold >= 0]):
        learned = splits.learned_from(kind, fold, number)
        yield int(number), np.flatnonzero(learned), np.flatnonzero(fold == number)


def answered(rows: Dataset, asked: np.ndarray, answers: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Return the answers to the rows that a fold asked, behind those rows' ids and the fold."""
    ids = rows.ids.iloc[asked].to_numpy()
    return pd.concat(
        [pd.DataFrame({"id": ids, "fold": fold}), answers.reset_index(drop=True)], axis=1
    )


def rounds(fitted: Pipeline | None) -> Sequence[Mapping[str, Any]]:
    """Return what a network or booster noted of its rounds."""
    return getattr(model(fitted), "history_", ())


def model(fitted: Pipeline | None) -> Any:
    """Return what learned, also from within one that learns on another scale."""
    return None if fitted is None else getattr(fitted[-1], "regressor_", fitted[-1])
