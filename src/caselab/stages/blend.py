"""Blend the pipelines of a case: choose their weights on what they answered out of fold, and judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from caselab import cases, problems
from caselab.blending import blend
from caselab.blending.average import averaged
from caselab.blending.blend import Blend
from caselab.cases import Case
from caselab.data import splits
from caselab.errors import UserError
from caselab.evaluation.metrics.classification import labels
from caselab.params import Params
from caselab.problems import Problem
from caselab.project import places
from caselab.stages import evaluate, held_out
from caselab.storage import datasets, models
from caselab.storage.datasets import Dataset
from caselab.storage.files import replacing
from caselab.tracking.tracker import Tracker

PARTS = 5  # of the rows of a single fold, which has no others to choose weights on


def run(params: Params, name: str, tracker: Tracker) -> None:
    """Leave the report of a blend, as evaluate does, and in its `model` what train does.

    The model holds the fitted members that have a weight, and `members.csv` tells all of them.
    Weights are chosen on answers to training rows by fits that had not seen them. The blend's own
    out-of-fold answers are by weights that were chosen on other folds.

    Raises:
        UserError: the members have not answered the same rows.
    """
    block = params.pipelines[name]
    case = cases.load(block.case)
    train = datasets.read(places.features(block.view) / "train")
    members = params.members(name)
    folders = {member: places.model(block.case, member) for member in members}
    files = [pd.read_parquet(folder / "held_out.parquet") for folder in folders.values()]
    unfitted: Blend = getattr(blend, case.problem)(**block.model)
    rows = OutOfFold.of(case, train, files, members)
    kind = params.cases[block.case].validation.kind

    nested = rows.nested(unfitted, kind, params.seed)
    weights = rows.weights(unfitted, np.ones(len(rows.fold), dtype=bool))
    held = {m: models.load(folders[m]) for m, w in zip(members, weights, strict=True) if w > 0}
    fitted = Pipeline([("model", unfitted.hold(held, weights[weights > 0]))])
    alone = [rows.score(each) for each in np.eye(len(members))]
    with replacing(places.report(block.case, name)) as place:
        folder = place / places.model(block.case, name).relative_to(places.report(block.case, name))
        folder.mkdir(parents=True)
        models.save(fitted, folder)
        nested.to_parquet(folder / "held_out.parquet", index=False)
        pd.DataFrame({"member": members, "weight": weights, case.metric: alone}).to_csv(
            folder / "members.csv", index=False
        )
        evaluate.judge(params, name, tracker, folder, place)


@dataclass(frozen=True)
class OutOfFold:
    """What the members answered to the same training rows, each by fits that had not seen them."""

    case: Case
    problem: Problem
    places: pd.DataFrame  # `id` and `fold`, as train leaves them
    y: pd.Series
    fold: np.ndarray  # (n_samples,), as scores are told by
    units: np.ndarray  # (n_samples,), what is not torn apart
    answers: np.ndarray  # (n_members, n_samples, n_outputs)
    outputs: list[str]

    @classmethod
    def of(
        cls, case: Case, train: Dataset, files: Sequence[pd.DataFrame], members: Sequence[str]
    ) -> OutOfFold:
        """Put the members' answers one behind the other, in the order of the first one's rows."""
        first, problem = files[0][["id", "fold"]], problems.load(case.problem)
        outputs = sorted({*pd.concat(files).columns} - {"id", "fold"})
        answers = []
        for file, member in zip(files, members, strict=True):
            same = file.set_index("id").reindex(first["id"])
            if len(file) != len(first) or not np.array_equal(same["fold"], first["fold"]):
                raise UserError(
                    f"{member} has answered other training rows than {members[0]}, so that the two "
                    f"cannot be blended; run `caselab run {case.name}`."
                )
            seen = same.reindex(columns=outputs).reset_index(drop=True)
            seen = seen if problem.scored is None else problem.scored(seen)
            answers.append(seen.to_numpy(dtype=np.float64))
        told = held_out.beside_targets(files[0], train)
        assert told.y is not None
        asked = train.take(pd.Index(train.ids).get_indexer(first["id"]))
        return cls(
            case=case,
            problem=problem,
            places=first,
            y=told.y,
            fold=told.fold,
            units=problem.units(asked),
            answers=np.stack(answers),
            outputs=outputs,
        )

    def weights(self, unfitted: Blend, mask: np.ndarray) -> np.ndarray:
        """Return the members' weights `(n_members,)` as the rows of a mask would have them."""
        return unfitted.weights(
            self.answers[:, mask], self._truth()[mask], lambda weights: self.gain(weights, mask)
        )

    def score(self, weights: np.ndarray, mask: np.ndarray | None = None) -> float:
        """Return the mean over folds of the case's metric of an average, before any threshold is chosen."""
        mask = np.ones(len(self.fold), dtype=bool) if mask is None else mask
        fold = self.fold[mask]
        of_folds = (fold == np.unique(fold)[:, np.newaxis]).astype(float)  # (n_folds, n_samples)
        answers = pd.DataFrame(averaged(weights, self.answers[:, mask]), columns=self.outputs)
        y = self.y[mask].reset_index(drop=True)
        scores = np.atleast_1d(self._metric.function(y, answers, {}, self.case, of_folds))
        known = scores[~np.isnan(scores)]
        return float(known.mean()) if len(known) else float("nan")

    def gain(self, weights: np.ndarray, mask: np.ndarray) -> float:
        """Return the score, the greater the better."""
        return float(self._metric.gain(of=self.score(weights, mask), over=0.0))

    def nested(self, unfitted: Blend, kind: str, seed: int) -> pd.DataFrame:
        """Return answers to each fold's rows by weights that its rows had no part in, as train leaves them.

        Where folds go by time it is earlier ones that choose, and of the first, which has none before
        it, all members weigh the same. A single fold is cut into parts.
        """
        parts = self.fold
        if len(np.unique(parts)) == 1:
            numbers = np.random.default_rng(seed).permutation(self.units.max() + 1)
            parts, kind = numbers[self.units] % PARTS, "kfold"
        answers = np.empty(self.answers.shape[1:])
        for number in np.unique(parts):
            asked, others = parts == number, splits.learned_from(kind, parts, number)
            equal = np.full(len(self.answers), 1 / len(self.answers))
            weights = self.weights(unfitted, others) if others.any() else equal
            answers[asked] = averaged(weights, self.answers[:, asked])
        return self.places.join(pd.DataFrame(answers, columns=self.outputs))

    @property
    def _metric(self) -> Any:
        return self.problem.metrics[self.case.metric]

    def _truth(self) -> np.ndarray:
        """Return the targets as answers that are all right `(n_samples, n_outputs)`."""
        if self.problem.target == "classes":
            return (labels(self.y)[:, np.newaxis] == np.array(self.outputs)).astype(float)
        return self.y.to_numpy(dtype=np.float64)[:, np.newaxis]
