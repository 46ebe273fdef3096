"""How a trial stands: what both versions answered, how fast, and by how much one is better.

The gain is that of the case's metric, on records whose labels have come, with an interval that may be
looked at at any time (evaluation/confidence_sequences.py). In the shadow both answered the same
records; else each its own, which the hash of the ids has dealt out.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from caselab import cases, numbers, problems
from caselab.data.notes import COLUMN
from caselab.errors import UserError
from caselab.evaluation.comparison import Gain
from caselab.evaluation.confidence_sequences import Score, difference, estimated
from caselab.params import Params
from caselab.registry import champions, digests, packaging, versions
from caselab.serving import requests
from caselab.watching import columns, labels, numeric, quality, references, watch, windows
from caselab.watching.changes import Change

LEAST = 100
"""Labelled ids that each version must have answered before the gain is told."""


@dataclass(frozen=True)
class Side:
    """One version of a trial."""

    version: int
    pipeline: str
    records: int
    """That it was asked."""
    latency: Mapping[str, float]
    """`median` and `p99` of the milliseconds that its requests took."""
    labelled: int
    ids: int
    """Of the labelled records."""
    value: float | None
    """The case's metric of its labelled records."""


@dataclass(frozen=True)
class Standing:
    """How a trial stands."""

    case: str
    since: str
    share: float
    """0 in the shadow."""
    champion: Side
    challenger: Side
    answers: tuple[Change, ...]
    """How the challenger's answers lie beside the champion's."""
    metric: str
    """Its title."""
    confidence: float
    gain: Gain | None
    """Of the challenger over the champion; None while there are too few labels."""

    @property
    def labelled(self) -> int:
        """How many labelled records the gain is told of."""
        ours, theirs = self.champion.labelled, self.challenger.labelled
        return theirs if self.share == 0 else ours + theirs

    @property
    def verdict(self) -> str:
        """What can be said of the gain, in a clause."""
        if self.gain is None:
            n = min(self.champion.ids, self.challenger.ids)
            few = f"{numbers.counted(n, 'labelled id')} of one version"
            why = f"and {LEAST} are the least" if n < LEAST else "of which too few move the score"
            return f"nobody knows yet which is better: {few}, {why}"
        shown = numbers.gain(self.gain.value, self.gain.low, self.gain.high)
        about = (
            f"gain in {self.metric} {shown} on {numbers.counted(self.labelled, 'labelled record')}"
        )
        if self.gain.low > 0:
            return f"version {self.challenger.version} is better: {about}"
        if self.gain.high < 0:
            return f"version {self.champion.version} is better: {about}"
        return f"nobody knows yet which is better: {about}"


def of(params: Params, case: str) -> Standing:
    """Return how the trial that runs stands.

    Raises:
        UserError: no trial of the case runs, or a version's files are not what was registered.
    """
    champion = champions.present(case)
    trial = champion.get("trial")
    if trial is None:
        raise none_runs(case)
    ours, theirs = _logged(case, trial)
    metric = quality.metric_of(case)
    sides = (
        _Answers(case, int(trial["against"]), ours),
        _Answers(case, int(trial["version"]), theirs),
    )
    return Standing(
        case=case,
        since=trial["name"],
        share=float(trial["share"]),
        champion=sides[0].side(),
        challenger=sides[1].side(),
        answers=tuple(_beside(*sides)),
        metric=metric.title,
        confidence=params.gate.confidence,
        gain=_gain(*sides, paired=trial["share"] == 0, alpha=1 - params.gate.confidence),
    )


def none_runs(case: str) -> UserError:
    """Return the refusal to tell of a trial, or to end it, where there is none."""
    return UserError(
        f"No trial of {case} runs; `caselab trial start {case} <version> --share 10%` starts one."
    )


def _logged(case: str, trial: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what champion and challenger answered in a trial, with the labels that have come."""
    log = requests.read(case, since=trial["name"])
    log = log[log["trial"] == trial["name"]]
    ours, theirs = (log[log["version"] == trial[who]] for who in ("against", "version"))
    if trial["share"] == 0:
        shadow = requests.read(case, since=trial["name"], shadow=True)
        theirs = shadow[shadow["trial"] == trial["name"]]
        asked = ours[[*labels.KEY, *(name for name in ours if name.startswith(requests.RECORD))]]
        theirs = theirs.merge(asked, on=labels.KEY)
    return ours, theirs


class _Answers:
    """What one version of a trial answered."""

    def __init__(self, case: str, version: int, log: pd.DataFrame):
        self.case, self.metric = cases.load(case), quality.metric_of(case)
        self.version, self.log = versions.version(case, version), log.reset_index(drop=True)
        answers = requests.answers(self.log)
        self.has_answer = watch.has_answer(answers)
        truth = windows.truth(case, labels.beside(case, self.log[labels.KEY]))
        known = pd.Series(None, index=self.log.index, dtype=object) if truth is None else truth
        judged = known.notna() & self.has_answer
        self.judged = self.log.assign(truth=known)[judged].reset_index(drop=True)
        """Answers whose labels have come, with these."""

    def side(self) -> Side:
        """Return what is shown of it."""
        latency, value = self.log["latency"], math.nan
        if len(self.judged):
            value = float(np.atleast_1d(self.score()(np.ones((1, len(self.judged)))))[0])
        return Side(
            version=self.version.number,
            pipeline=self.version.pipeline,
            records=len(self.log),
            latency={"median": float(latency.median()), "p99": float(latency.quantile(0.99))},
            labelled=len(self.judged),
            ids=len(np.unique(self.units())),
            value=None if math.isnan(value) else value,
        )

    def score(self) -> Score:
        """Return the case's metric of the labelled records, as they weigh."""
        decision = packaging.settings_of(digests.checked(self.version))["decision"]
        problem = problems.load(self.case.problem)
        given = self._given(self.judged).drop(columns="decision", errors="ignore")
        seen = given if problem.scored is None else problem.scored(given)
        y = self.judged["truth"].infer_objects()
        return lambda weights: self.metric.function(y, seen, decision, self.case, weights)

    def units(self) -> np.ndarray:
        """Return the number of each labelled record's id; without one it is one of its own."""
        return windows.units(self.case.name, requests.records(self.judged))

    @property
    def answers(self) -> pd.DataFrame:
        """All answers that it gave."""
        return self._given(self.log[self.has_answer])

    def like(self, other: _Answers) -> _Answers:
        """Return it with those labelled records only that another judged too, in its order."""
        found = copy.copy(self)
        found.judged = other.judged[labels.KEY].merge(self.judged, on=labels.KEY)
        return found

    def _given(self, log: pd.DataFrame) -> pd.DataFrame:
        return requests.answers(log).drop(columns=[self.case.id, COLUMN], errors="ignore")


def _beside(ours: _Answers, theirs: _Answers) -> list[Change]:
    """Hold the challenger's answers against the champion's."""
    if not (len(ours.answers) and len(theirs.answers)):
        return []
    old, new = references.without_complements(ours.answers), theirs.answers
    known = columns.summaries(old)[0]
    for name in known.keys() & new.select_dtypes("number").columns:
        if new[name].nunique() > columns.FEW:  # a tree has few answers, who is tried may have many
            known[name] = numeric.summary(old[name])
    return columns.compare("answers", known, new)


def _gain(ours: _Answers, theirs: _Answers, *, paired: bool, alpha: float) -> Gain | None:
    """Return the gain of the challenger; None while either has too few labelled ids."""
    if paired:
        ours = ours.like(theirs)
        theirs = theirs.like(ours)
    if any(len(np.unique(each.units())) < LEAST for each in (ours, theirs)):
        return None
    new, old, metric = theirs.score(), ours.score(), ours.metric
    if paired:
        found = estimated(
            lambda weights: metric.gain(of=new(weights), over=old(weights)), ours.units()
        )
    else:
        sides = [estimated(new, theirs.units()), estimated(old, ours.units())]
        found = difference(*(sides if metric.greater_is_better else reversed(sides)))
    gain = found.gain(alpha)
    return None if math.isnan(gain.low) else gain
