"""What blends, by kind of problem: an estimator that averages the answers of fitted pipelines.

The functions are those of an architecture: their arguments are what a block of `blends:` says.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Self

import numpy as np
from pydantic import PositiveInt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.pipeline import Pipeline

from caselab.blending.average import averaged
from caselab.blending.selection import greedy
from caselab.blending.stacking import stack
from caselab.storage.rows import Inputs


class Blend(BaseEstimator):
    """An average of pipelines that were fitted each for itself, so that no row is learned from here."""

    def __init__(self, *, method: Literal["greedy", "stack"] = "greedy", rounds: int = 50) -> None:
        self.method = method
        self.rounds = rounds

    def weights(
        self, answers: np.ndarray, truth: np.ndarray, score: Callable[[np.ndarray], float]
    ) -> np.ndarray:
        """Choose weights `(n_members,)`, which sum to 1, on answers to rows that nobody had seen.

        `answers` and `truth` are those of `stack`; `score` is that of `greedy`.
        """
        if self.method == "stack":
            return stack(answers, truth)
        return greedy(score, len(answers), self.rounds)

    def hold(self, members: Mapping[str, Pipeline], weights: np.ndarray) -> Self:
        """Take fitted pipelines, by name, with a weight each; those without weight stay out."""
        held = [
            (name, member, float(weight))
            for (name, member), weight in zip(members.items(), weights, strict=True)
            if weight > 0
        ]
        self.members_ = [(name, member) for name, member, _ in held]
        self.weights_ = np.array([weight for _, _, weight in held])
        first = self.members_[0][1]
        if hasattr(first, "feature_names_in_"):
            self.feature_names_in_ = first.feature_names_in_
        return self

    def fit(self, X: Inputs, y: Any = None) -> Self:
        """Fit the members that it holds anew; their weights stay."""
        self.members_ = [(name, clone(member).fit(X, y)) for name, member in self.members_]
        return self

    def remarks(self, X: Inputs) -> dict[int, str]:
        """Return what steps of the members remark of rows; of a row what the first one says."""
        told: dict[int, str] = {}
        for _, member in self.members_:
            for number, step in enumerate(member):
                if hasattr(step, "remarks"):
                    seen = member[:number].transform(X) if number else X
                    told = {**step.remarks(seen), **told}
        return told

    def _average(self, answers: list[np.ndarray]) -> np.ndarray:
        return averaged(self.weights_, np.stack(answers))


class BlendedClassifier(ClassifierMixin, Blend):
    """An average of probabilities."""

    def hold(self, members: Mapping[str, Pipeline], weights: np.ndarray) -> Self:
        """Take fitted pipelines, by name, with a weight each; those without weight stay out."""
        super().hold(members, weights)
        self.classes_ = np.unique(np.concatenate([each.classes_ for _, each in self.members_]))
        return self

    def predict_proba(self, X: Inputs) -> np.ndarray:
        """Return the probability of each class `(n_samples, n_classes)`."""
        return self._average([self._of_all(each, X) for _, each in self.members_])

    def predict(self, X: Inputs) -> np.ndarray:
        """Return the most probable class of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def _of_all(self, member: Any, X: Inputs) -> np.ndarray:
        given = np.asarray(member.predict_proba(X), dtype=np.float64)
        found = np.zeros((len(given), len(self.classes_)))  # of a class it never saw, none
        found[:, np.searchsorted(self.classes_, member.classes_)] = given
        return found


class BlendedRegressor(RegressorMixin, Blend):
    """An average of numbers."""

    def predict(self, X: Inputs) -> np.ndarray:
        """Return the number of each row `(n_samples,)`."""
        given = (np.asarray(each.predict(X), dtype=np.float64) for _, each in self.members_)
        return self._average([each.ravel() for each in given])


def classification(
    *, method: Literal["greedy", "stack"] = "greedy", rounds: PositiveInt = 50
) -> BlendedClassifier:
    """Average probabilities of classes."""
    return BlendedClassifier(method=method, rounds=rounds)


def regression(
    *, method: Literal["greedy", "stack"] = "greedy", rounds: PositiveInt = 50
) -> BlendedRegressor:
    """Average numbers."""
    return BlendedRegressor(method=method, rounds=rounds)


def recommendation(
    *, method: Literal["greedy", "stack"] = "greedy", rounds: PositiveInt = 50
) -> BlendedRegressor:
    """Average ratings."""
    return BlendedRegressor(method=method, rounds=rounds)
