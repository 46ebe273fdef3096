"""The candidate of a case: of pipelines that validation cannot tell from the best, the smallest.

A blend, which holds others and is larger than each, is it only where validation can tell it from the
best of them; where it cannot, the others are as if there were none.

The one-standard-error rule of Breiman, Friedman, Olshen and Stone (1984), Classification and
regression trees, 3.4.3, with the error of paired differences in place of the best one's own: what
makes a fold hard makes it hard for all.

Simple is what takes the fewest bytes to store: unlike seconds they are the same whoever runs the
case, so that the same inputs have the same candidate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from caselab import cases, problems
from caselab.evaluation.comparison import mean_and_error, resampled
from caselab.params import Params
from caselab.params.signatures import BLEND
from caselab.project import places
from caselab.stages.held_out import beside_targets
from caselab.storage import datasets
from caselab.storage.datasets import Dataset


@dataclass(frozen=True)
class Behind:
    """By how much a validation score is behind the best one, and the standard error of that."""

    value: float
    error: float

    @property
    def is_noise(self) -> bool:
        """Whether the difference is within its error; not where one of them is not defined."""
        return self.value <= self.error


@dataclass(frozen=True)
class Choice:
    """The candidate, and by how much others are behind the first that is no blend."""

    pipeline: str
    behind: dict[str, Behind] = field(default_factory=dict)
    blends: dict[str, Behind] = field(default_factory=dict)
    """By how much that first one is itself behind blends."""


def choose(
    params: Params,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    folds: Mapping[str, Sequence[float | None]],
) -> Choice:
    """Choose among the rows of a case's leaderboard, best first; `folds` are scores by pipeline.

    The plain baseline is chosen only where it is the first: no gate would let it pass.
    """
    said = params.candidate
    rule = said.get(name, "simplest") if isinstance(said, dict) else said
    if rule == "best" or rows[0]["validation"]["value"] is None:
        return Choice(rows[0]["pipeline"])
    first, *others = [row for row in rows if row["architecture"] != BLEND]
    best = first["pipeline"]
    blends = {
        row["pipeline"]: _behind(params, name, row["pipeline"], [best], folds)[best]
        for row in rows
        if row["architecture"] == BLEND
    }
    behind = _behind(params, name, best, [row["pipeline"] for row in others], folds)
    for blend, of_best in blends.items():
        if of_best.value > of_best.error:
            return Choice(blend, behind, blends)
    baseline = problems.load(cases.load(name).problem).baseline_architecture
    eligible = [
        row
        for row in others
        if row["architecture"] != baseline and behind[row["pipeline"]].is_noise
    ]
    candidate = min([first, *eligible], key=lambda row: row["size"])  # of equal ones the better
    return Choice(candidate["pipeline"], behind, blends)


def _behind(
    params: Params,
    name: str,
    best: str,
    rivals: Sequence[str],
    folds: Mapping[str, Sequence[float | None]],
) -> dict[str, Behind]:
    """Return by how much rivals are behind one pipeline of a case."""
    if len(folds[best]) == 1:
        return _over_rows(params, name, best, rivals)
    case = cases.load(name)
    metric = problems.load(case.problem).metrics[case.metric]
    gains = {rival: metric.gains(of=folds[best], over=folds[rival]) for rival in rivals}
    return {rival: Behind(*mean_and_error(gains[rival])[:2]) for rival in rivals}


def _over_rows(params: Params, name: str, best: str, rivals: Sequence[str]) -> dict[str, Behind]:
    """Compare over resamples of the rows that one fold holds out, where there is no other."""
    train = datasets.read(places.prepared(name) / "train")
    answers = _held_out(name, best)
    return {
        rival: _of_rows(params, name, train, answers, _held_out(name, rival)) for rival in rivals
    }


def _held_out(case: str, pipeline: str) -> pd.DataFrame:
    return pd.read_parquet(places.model(case, pipeline) / "held_out.parquet")


def _of_rows(
    params: Params, name: str, train: Dataset, best: pd.DataFrame, rival: pd.DataFrame
) -> Behind:
    if set(best["id"]) != set(rival["id"]):
        return Behind(math.nan, math.nan)
    case, settings = cases.load(name), params.cases[name].evaluation
    problem = problems.load(case.problem)
    asked = pd.Index(train.ids).get_indexer(best["id"])
    rival = rival.set_index("id").loc[best["id"]].reset_index()
    one, other = (beside_targets(answers, train) for answers in (best, rival))
    scored = problem.scored or (lambda answers: answers)
    value, drawn = resampled(
        one.y,
        scored(one.answers),
        scored(other.answers),
        problem.metrics[case.metric],
        case,
        decision_a=problem.decision(one.y, one.answers, case, settings),
        decision_b=problem.decision(other.y, other.answers, case, settings),
        units=problem.units(train.take(asked)),
        seed=params.seed,
    )
    return Behind(value, float(np.nanstd(drawn, ddof=1)))
