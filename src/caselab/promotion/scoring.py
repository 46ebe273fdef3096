"""Candidate, champion and baseline scored on the same test rows, in one go."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from caselab import architectures, cases, problems
from caselab.cases import Case
from caselab.data import quarantine
from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.errors import UserError
from caselab.evaluation.comparison import Gain, paired
from caselab.evaluation.intervals import intervals
from caselab.params import Params, PipelineBlock
from caselab.problems import Problem
from caselab.project import places
from caselab.storage import datasets
from caselab.storage.datasets import Dataset


@dataclass(frozen=True)
class Predictions:
    """What one model answers for the test rows, and how its answers become decisions."""

    answers: pd.DataFrame
    decision: dict[str, Any]


@dataclass(frozen=True)
class Score:
    """A value of the case's metric with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Scores of candidate, champion and baseline, and the candidate's paired gains."""

    metric: str
    candidate: Score
    champion: Score | None
    baseline: Score
    over_champion: Gain | None
    over_baseline: Gain

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept with a version."""
        return {name.replace("_", " "): value for name, value in asdict(self).items()}


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
        self._asked = self.case.asked(quarantine.without(raw, places.prepared(case)))
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
        asked = self._ids.isin(wanted).to_numpy()
        if self.case.past:
            name = self.case.id
            return self._asked.assign(**{name: self._asked[name].where(asked, None)})
        return self._asked[asked].reset_index(drop=True)

    def predictions(self, answers: pd.DataFrame, decision: dict[str, Any]) -> Predictions:
        """Return a registered model's answers in the order of the test rows.

        Raises:
            UserError: it has none for some, so that it cannot be judged on the same rows as others.
        """
        ids = answers[self.case.id].astype(str).str.strip()
        first = answers[~ids.duplicated().to_numpy()]
        place = pd.Index(ids.drop_duplicates()).get_indexer(pd.Index(self.rows.ids.astype(str)))
        rows = first.iloc[place].reset_index(drop=True)
        if COLUMN in rows and (without := rows[COLUMN].str.startswith(NO_ANSWER)).any():
            row = rows[without].iloc[0]
            raise UserError(
                f"{without.sum():,} of {len(rows):,} test rows have no answer, such as "
                f"{row[self.case.id]!r}: {row[COLUMN].removeprefix(NO_ANSWER)}"
            )
        rows = rows.drop(columns=[self.case.id, "decision", COLUMN], errors="ignore")
        return Predictions(rows, decision)

    def examples(self, number: int) -> pd.DataFrame:
        """Return some raw records of training rows."""
        if self.case.past:  # of the first row all its past
            first = int(self._asked[self.case.id].notna().to_numpy().argmax())
            return self._asked.head(first + 1)
        learned = datasets.read(places.prepared(self.case.name) / "train").ids
        known = self._ids.isin(learned.astype(str))
        return self._asked[known.to_numpy()].head(number).reset_index(drop=True)

    def compare(
        self, candidate: Predictions, champion: Predictions | None, view: str
    ) -> Comparison:
        """Score both beside the plain baseline, which sees the rows by the candidate's `view`."""
        baseline = self.baseline(view)
        return Comparison(
            metric=self.metric.name,
            candidate=self.score(candidate),
            champion=self.score(champion) if champion else None,
            baseline=self.score(baseline),
            over_champion=self.gain(candidate, champion) if champion else None,
            over_baseline=self.gain(candidate, baseline),
        )

    def baseline(self, view: str) -> Predictions:
        """Return the answers of the plain baseline: those of its report, or of one fitted now."""
        case = self.case.name
        for name, block in self._params.pipelines.items():
            if block.case == case and block.architecture == self.problem.baseline_architecture:
                folder = places.report(case, name)
                if found := reported(folder, self.rows.ids):
                    return found
        return self._fitted_baseline(view)

    def score(self, of: Predictions) -> Score:
        """Return the case's metric with its interval."""
        found = intervals(
            {self.metric.name: self.metric},
            self.rows.y,
            of.answers,
            of.decision,
            self.case,
            units=self.problem.units(self.rows),
            seed=self._params.seed,
            confidence=self._params.gate.confidence,
        )
        value = self.metric.function(self.rows.y, of.answers, of.decision, self.case)
        return Score(float(value), *found[self.metric.name])

    def gain(self, of: Predictions, over: Predictions) -> Gain:
        """Return the paired gain of one model over another."""
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
        from caselab.data import raw_records  # pandera takes seconds
        from caselab.data.contracts import Contract

        contract = Contract(self.case.contract())
        asked = raw_records.question(self._asked, self.case, contract)
        judged = contract.judge(asked, absent=self.case.unasked)
        return judged.records[self.case.id].astype(str)

    def _fitted_baseline(self, view: str) -> Predictions:
        params, case = self._params, self.case
        train, test = (datasets.read(places.features(view) / part) for part in ("train", "test"))
        block = PipelineBlock(
            case=case.name, view=view, architecture=self.problem.baseline_architecture
        )
        unfitted = architectures.build(
            block, params.views[view].view, case.problem, params.seed, params.threads
        )
        validation = params.cases[case.name].validation
        baseline = architectures.fit(unfitted, case.problem, train, validation.kind)
        settings = params.cases[case.name].evaluation
        known = self.problem.answer(baseline, train.X)
        return Predictions(
            answers=self.problem.answer(baseline, test.X),
            decision=self.problem.decision(train.y, known, case, settings),
        )


def reported(folder: Path, ids: pd.Series) -> Predictions | None:
    """Return what evaluate left of a pipeline, None where it is of other rows."""
    try:
        rows = pd.read_parquet(folder / "rows/predictions.parquet")
        scores: Mapping[str, Any] = json.loads((folder / "metrics.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    if not rows["id"].equals(ids):
        return None
    answers = rows.filter(regex="^answer_")
    return Predictions(
        answers=answers.rename(columns=lambda name: name.removeprefix("answer_")),
        decision=dict(scores["decision"]),
    )
