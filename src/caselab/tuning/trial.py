"""One trial, in a process of its own: settings scored on the case's folds, as `train` would be.

What is told on the way goes by step, so that trials are compared where each has come as far: at the
end of the fold numbered f, step (f + 1) · STRIDE, the mean score of the folds so far; within it, of
a network, step f · STRIDE + epoch, the loss of the rows that it holds out itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from caselab.errors import UserError
from caselab.params import Params
from caselab.stages import fits, soundness
from caselab.stages.fits import Fits
from caselab.stages.held_out import beside_targets
from caselab.storage.determinism import repeatable

STRIDE = 10_000
RUNGS = (5, 10, 20, 40, 80, 160)
"""The epochs that are told of; each is a look at the database, and neighbours say the same."""

OnStep = Callable[[int, float, Literal["score", "loss"]], None]
"""What hears of a step: its number, the value, and of what."""


@dataclass(frozen=True)
class Told:
    """A tracker that passes epochs on as steps, and keeps nothing."""

    on_step: OnStep
    costs: dict[str, float] = field(default_factory=dict)
    checkpoints: Path | None = None

    def epoch(self, fold: int | None, epoch: int, metrics: dict[str, float]) -> None:
        """Tell of an epoch in which rows were held out."""
        if fold is not None and epoch in RUNGS and "validation_loss" in metrics:
            self.on_step(fold * STRIDE + epoch, metrics["validation_loss"], "loss")


def score(
    params: Params, name: str, *, without: int | None = None, on_step: OnStep
) -> dict[str, Any]:
    """Return the scores by `folds` of a pipeline by its case's metric, and the `seconds` they took.

    Scores are those of the leaderboard's validation: thresholds are chosen on the other folds.
    `without` leaves out a fold and what may not be learned from beside it.

    Raises:
        UserError: a loss, an answer or the score is no finite number.
    """
    began = time.monotonic()
    with repeatable(params.seed, params.threads):
        learning = Fits.of(params, name, Told(on_step), without)
        parts, scores = [], []
        for fold, learn, asked in learning.folds():
            answers = _answers(learning, learn, asked, fold)
            parts.append(fits.answered(learning.rows, asked, answers, fold))
            if learning.kind != "leave_one_out":  # whose folds of one row have no score
                scores.append(learning.score(asked, answers))
                on_step((fold + 1) * STRIDE, float(np.mean(scores)), "score")
        found = _by_fold(params, learning, parts)
    if np.isnan(found).all():
        raise UserError(f"The {learning.case.metric} of {name} is not defined on its folds.")
    return {"folds": found, "seconds": time.monotonic() - began}


def judge(chosen: Mapping[int, Params], name: str) -> list[float]:
    """Return a pipeline's scores by fold, each fold's fit with the settings `chosen` without it."""
    parts = []
    for fold, params in chosen.items():
        with repeatable(params.seed, params.threads):
            learning = Fits.of(params, name, Told(lambda *_: None))
            learn, asked = next(each[1:] for each in learning.folds() if each[0] == fold)
            answers = _answers(learning, learn, asked, fold)
            parts.append(fits.answered(learning.rows, asked, answers, fold))
    return _by_fold(params, learning, parts)


def folds(params: Params, name: str) -> list[int]:
    """Return the folds without which others are left to choose by: those of nested validation."""
    learning = Fits.of(params, name, Told(lambda *_: None))
    found = []
    for fold, learn, _ in learning.folds():
        inner = learning.rows.take(learn).fold
        if inner is not None and any(len(each[1]) for each in fits.folds(inner, learning.kind)):
            found.append(fold)
    return found


def _answers(learning: Fits, learn: np.ndarray, asked: np.ndarray, fold: int) -> pd.DataFrame:
    answers = learning.answer(learning.fit(learn, fold), asked)
    soundness.require_finite_answers(answers, learning.name, f"rows of fold {fold}")
    return answers


def _by_fold(params: Params, learning: Fits, parts: list[pd.DataFrame]) -> list[float]:
    """Score answers as the leaderboard does."""
    held_out = pd.concat(parts, ignore_index=True)
    settings = params.cases[params.pipelines[learning.name].case].evaluation
    case, problem = learning.case, learning.problem
    scores = beside_targets(held_out, learning.rows).scores(problem, case, settings)
    return [float(value) for value in scores[case.metric]]
