"""Out-of-fold answers: training rows as the fits answered them that had not seen them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from caselab.cases import Case
from caselab.problems import Problem
from caselab.storage.datasets import Dataset


@dataclass(frozen=True)
class HeldOut:
    """Training rows with the answers of the fits that had not seen them."""

    y: pd.Series | None
    answers: pd.DataFrame
    fold: np.ndarray

    def scores(
        self, problem: Problem, case: Case, settings: Mapping[str, Any]
    ) -> dict[str, list[float]]:
        """Return each metric of each fold, in the folds' order.

        A fold is decided as the other folds say, or its score would be of rows that chose their own
        decision; a single fold has no others, and decides for itself.
        """
        folds = []
        for number in np.unique(self.fold):
            inside = self.fold == number
            others = inside if inside.all() else ~inside
            decision = problem.decision(*self.part(others), case, settings)
            folds.append(problem.score(*self.part(inside), case, decision))
        return {metric: [scores[metric] for scores in folds] for metric in problem.metrics}

    def part(self, mask: np.ndarray) -> tuple[pd.Series | None, pd.DataFrame]:
        """Return targets and answers of the rows of a mask."""
        y = None if self.y is None else self.y[mask].reset_index(drop=True)
        return y, self.answers[mask].reset_index(drop=True)


def read(folder: Path, train: Dataset) -> HeldOut:
    """Read the out-of-fold answers that train left, beside the targets of their rows."""
    return beside_targets(pd.read_parquet(folder / "held_out.parquet"), train)


def beside_targets(held_out: pd.DataFrame, train: Dataset) -> HeldOut:
    """Return answers to training rows (`id`, `fold` and the answer) beside the rows' targets."""
    place = pd.Index(train.ids).get_indexer(held_out["id"])
    return HeldOut(
        y=None if train.y is None else train.y.iloc[place].reset_index(drop=True),
        answers=held_out.drop(columns=["id", "fold"]),
        fold=_scored_together(held_out["fold"].to_numpy()),
    )


def _scored_together(fold: np.ndarray) -> np.ndarray:
    """Return the folds as they are scored: of one row each they have no score but all together."""
    return np.zeros_like(fold) if len(np.unique(fold)) == len(fold) else fold
