"""Candidate, champion and baseline on the same test rows, in one go."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from caselab import architectures, cases, problems
from caselab.cases import Case
from caselab.errors import UserError
from caselab.evaluation.comparison import Gain, paired
from caselab.evaluation.intervals import intervals
from caselab.params import Params, PipelineBlock
from caselab.problems import Problem
from caselab.project import places
from caselab.storage import datasets
from caselab.storage.datasets import Dataset


@dataclass(frozen=True)
class Entry:
    """What one contestant answers for the test rows, and how it decides."""

    answers: pd.DataFrame
    decision: dict[str, Any]


@dataclass(frozen=True)
class Score:
    """A value of the case's metric with its interval."""

    value: float
    low: float
    high: float


class TestRows:
    """The test rows of a case, as prepare set them apart and as they came."""

    __test__ = False  # no test of pytest's

    def __init__(self, params: Params, case: str):
        self.case: Case = cases.load(case)
        self.problem: Problem = problems.load(self.case.problem)
        self.metric = self.problem.metrics[self.case.metric]
        self.rows: Dataset = datasets.read(places.prepared(case) / "test")
        self._params = params
        raw = pd.read_parquet(places.raw(params.cases[case].source) / "records.parquet")
        self._asked = self.case.asked(raw)
        self._ids = self._raw_ids()

    @property
    def records(self) -> pd.DataFrame:
        """The raw records of the test rows, as they are known when the question is asked."""
        wanted = pd.Index(self.rows.ids.astype(str))
        if missing := len(wanted.difference(pd.Index(self._ids))):
            source = self._params.cases[self.case.name].source
            raise UserError(
                f"data/raw/{source} lacks {missing} test rows of {self.case.name}; "
                f"run `caselab run {self.case.name}`."
            )
        return self._asked[self._ids.isin(wanted).to_numpy()].reset_index(drop=True)

    def entry(self, answers: pd.DataFrame, decision: dict[str, Any]) -> Entry:
        """Return a registered model's answers in the order of the test rows."""
        ids = answers[self.case.id].astype(str).str.strip()
        rows = answers[~ids.duplicated().to_numpy()].drop(columns=[self.case.id, "decision"])
        place = pd.Index(ids.drop_duplicates()).get_indexer(pd.Index(self.rows.ids.astype(str)))
        return Entry(rows.iloc[place].reset_index(drop=True), decision)

    def examples(self, number: int) -> pd.DataFrame:
        """Return some raw records that are no test rows."""
        known = ~self._ids.isin(self.rows.ids.astype(str))
        return self._asked[known.to_numpy()].head(number).reset_index(drop=True)

    def baseline(self, view: str) -> Entry:
        """Return the answers of the plain baseline: those of its report, or of one fitted now."""
        case = self.case.name
        for name, block in self._params.pipelines.items():
            if block.case == case and block.architecture == self.problem.baseline_architecture:
                folder = places.report(case, name)
                if found := _reported(folder, self.rows.ids):
                    return found
        return self._fitted_baseline(view)

    def score(self, entry: Entry) -> Score:
        """Return the case's metric with its interval."""
        found = intervals(
            {self.metric.name: self.metric},
            self.rows.y,
            entry.answers,
            entry.decision,
            self.case,
            units=self.problem.units(self.rows),
            seed=self._params.seed,
            confidence=self._params.gate.confidence,
        )
        value = self.metric.function(self.rows.y, entry.answers, entry.decision, self.case)
        return Score(float(value), *found[self.metric.name])

    def gain(self, of: Entry, over: Entry) -> Gain:
        """Return the paired gain of one contestant over another."""
        return paired(
            self.rows.y,
            of.answers,
            over.answers,
            self.metric,
            self.case,
            decision_a=of.decision,
            decision_b=over.decision,
            units=self.problem.units(self.rows),
            seed=self._params.seed,
            confidence=self._params.gate.confidence,
        )

    def _raw_ids(self) -> pd.Series:
        """Return the raw records' ids as prepare wrote them."""
        plain = self._asked[self.case.id].astype(str).str.strip()
        if self.rows.ids.astype(str).isin(plain).all():
            return plain
        from caselab.data import contracts  # pandera takes seconds

        schema = self.case.contract()
        left_out = {*self.case.unasked} & {*schema.columns} - {*self._asked}
        checked = contracts.check(self._asked, schema.remove_columns(sorted(left_out)))
        return checked.records[self.case.id].astype(str)

    def _fitted_baseline(self, view: str) -> Entry:
        params, case = self._params, self.case
        train, test = (datasets.read(places.features(view) / part) for part in ("train", "test"))
        block = PipelineBlock(
            case=case.name, view=view, architecture=self.problem.baseline_architecture
        )
        baseline = architectures.build(
            block, params.views[view].view, case.problem, params.seed, params.threads
        ).fit(train.X, train.y)
        settings = params.cases[case.name].evaluation
        known = self.problem.answer(baseline, train.X)
        return Entry(
            answers=self.problem.answer(baseline, test.X),
            decision=self.problem.decision(train.y, known, case, settings),
        )


def _reported(folder: Path, ids: pd.Series) -> Entry | None:
    """Return what evaluate left of a pipeline, None where it is of other rows."""
    try:
        rows = pd.read_parquet(folder / "rows/predictions.parquet")
        scores: Mapping[str, Any] = json.loads((folder / "metrics.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    if not rows["id"].equals(ids):
        return None
    answers = rows.filter(regex="^answer_")
    return Entry(
        answers=answers.rename(columns=lambda name: name.removeprefix("answer_")),
        decision=dict(scores["decision"]),
    )
