"""Train a pipeline: fit on each fold and answer the rows it held out, then fit on all rows."""

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
from caselab.storage import datasets, models
from caselab.storage.datasets import Dataset
from caselab.storage.files import replacing, write_json
from caselab.tracking.tracker import Tracker

CURVE_SHARES = (0.1, 0.3, 1.0)  # of a fold's training rows
CURVE_LEAST = 100  # rows; on fewer a point says little, and some estimators cannot fit at all
CURVE_FOLDS = 2  # folds that are fitted on parts too; more would be most of a pipeline's fits


def run(params: Params, name: str, tracker: Tracker) -> None:
    """Leave the fitted pipeline, its answers for held-out rows, its history and learning curve.

    Reads the view's training rows only. `held_out.parquet` has one line per row that a fold holds
    out, answered by the one fit that had not seen it. `notes.json` says what is odd, if anything.

    Raises:
        UserError: a loss or an answer is no finite number.
    """
    block = params.pipelines[name]
    case = cases.load(block.case)
    rows = datasets.read(places.features(block.view) / "train")
    validation = params.cases[block.case].validation
    kind = validation.kind
    times = splits.times(validation, group=rows.group, time=rows.time, series=rows.series)
    problem = problems.load(case.problem)
    trial = _Trial(
        name=name,
        is_baseline=block.architecture == problem.baseline_architecture,
        pipeline=architectures.build(
            block, params.views[block.view].view, case.problem, params.seed, params.threads
        ),
        case=case,
        problem=problem,
        rows=rows,
        kind=kind,
        times=times,
        tracker=tracker,
    )
    held_out, curve, history, fits = [], [], [], []
    fitted = None
    assert rows.fold is not None  # prepare sets it on every training row
    for number, (fold, learn, asked) in enumerate(folds(rows.fold, kind)):
        order = _preferred(learn, times, [params.seed, fold])
        with_curve = block.refit and number < CURVE_FOLDS and kind != "leave_one_out"
        # The whole fold comes last, so that the pipeline it fits is the one that answers.
        for share in CURVE_SHARES if with_curve else CURVE_SHARES[-1:]:
            part = learn if share == 1 else np.sort(order[: round(share * len(learn))])
            if share < 1 and (len(part) < CURVE_LEAST or not trial.learnable(part)):
                continue
            fitted = trial.fit(part, fold, share)
            answers = trial.answer(fitted, asked)
            if kind != "leave_one_out":  # whose folds of one row have no score of their own
                curve.append(
                    {
                        "fold": fold,
                        "rows": len(part),
                        "train": trial.score(part, trial.answer(fitted, part)),
                        "validation": trial.score(asked, answers),
                    }
                )
        soundness.require_finite_answers(answers, name, f"rows of fold {fold}")
        held_out.append(answered(rows, asked, answers, fold))
        history += _epochs(fitted, fold)
        fits.append(_rounds(fitted))
    if block.refit:
        fitted = trial.fit(np.arange(len(rows)), None)
        history += _epochs(fitted, None)
        fits.append(_rounds(fitted))

    with replacing(places.model(block.case, name)) as folder:
        models.save(fitted, folder)
        if origins := _origins(fitted):
            write_json(folder / "pretrained.json", origins)
        of_network = "training" in _model(fitted).get_params(deep=False)
        if odd := soundness.notes(fits, trial.comparable(held_out), of_network=of_network):
            write_json(folder / soundness.FILE, odd)
        pd.concat(held_out, ignore_index=True).to_parquet(folder / "held_out.parquet", index=False)
        if curve:
            pd.DataFrame(curve).to_csv(folder / "learning_curve.csv", index=False)
        if history:
            pd.DataFrame(history).to_csv(folder / "history.csv", index=False)


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


def _preferred(learn: np.ndarray, times: np.ndarray | None, seed: list[int]) -> np.ndarray:
    """Return positions in the order in which parts of them are taken for the learning curve.

    Where rows stand in time the latest come first; elsewhere they are drawn.
    """
    if times is None:
        return np.random.default_rng(seed).permutation(learn)
    return learn[np.argsort(-times[learn], kind="stable")]


@dataclass(frozen=True)
class _Trial:
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
            soundness.require_finite_losses(_rounds(fitted), self.name, f"the fit on {of}")
        return fitted

    def answer(self, fitted: Pipeline, positions: np.ndarray) -> pd.DataFrame:
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


def _epochs(fitted: Pipeline | None, fold: int | None) -> list[dict[str, float | str]]:
    """Give what a network or booster noted of its rounds; fold `all` is the fit on all rows."""
    return [{"fold": "all" if fold is None else fold, **epoch} for epoch in _rounds(fitted)]


def _rounds(fitted: Pipeline | None) -> Sequence[Mapping[str, Any]]:
    return getattr(_model(fitted), "history_", ())


def _origins(fitted: Pipeline | None) -> dict[str, str]:
    """Return what is to be told of weights of others, in whichever step they are."""
    for step in reversed([*_steps(fitted)]):
        if found := getattr(step, "pretrained_", None):
            return dict(found)
    return {}


def _steps(step: Any) -> Iterator[Any]:
    """Yield a step, or those that it is made of: a pipeline's, or a union's that stand side by side."""
    parts = getattr(step, "steps", None) or getattr(step, "transformer_list", None)
    if parts is None:
        yield step
    for _, part in parts or ():
        yield from _steps(part)


def _model(fitted: Pipeline | None) -> Any:
    """Return what learned, also from within one that learns on another scale."""
    return None if fitted is None else getattr(fitted[-1], "regressor_", fitted[-1])
