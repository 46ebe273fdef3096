"""Which of two or more classes a row belongs to: the kind `classification`.

Answers hold one column of probabilities per class, named as the class is written in the raw target.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import NonNegativeFloat
from sklearn.base import BaseEstimator

from caselab.cases import Case
from caselab.errors import UserError
from caselab.evaluation.metrics.classification import (
    METRICS,
    decided,
    labels,
    positive_class,
    probability,
)
from caselab.problems import Problem
from caselab.storage.rows import Inputs

NEVER = math.nextafter(1.0, 2.0)  # a threshold that no probability reaches


@dataclass(frozen=True)
class Settings:
    """What `evaluation` of such a case may say; params.yaml is checked against the types."""

    costs: dict[Literal["false_positive", "false_negative"], NonNegativeFloat] = field(
        default_factory=dict
    )


def answer(estimator: BaseEstimator, X: Inputs) -> pd.DataFrame:
    """Return the probability of each class `(n_samples, n_classes)`."""
    return pd.DataFrame(
        np.asarray(estimator.predict_proba(X), dtype=np.float64),
        columns=[str(label) for label in estimator.classes_],
    )


def decision(
    y: pd.Series, answers: pd.DataFrame, case: Case, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Choose the threshold of the positive class that costs least on these rows.

    `settings["costs"]` gives the cost of a `false_positive` and of a `false_negative`, 1 each
    where it is silent. With three or more classes the most probable one is decided, without
    settings.

    Raises:
        UserError: both costs are 0 or one is infinite, or there are three classes or more.
    """
    answers = scored(answers)
    positive = positive_class(answers, case)
    false_positive, false_negative = _costs(settings, two_classes=positive is not None)
    if positive is None:
        return {}
    return {
        "threshold": cheapest_threshold(
            labels(y) == positive, probability(answers, positive), false_positive, false_negative
        )
    }


def scored(answers: pd.DataFrame) -> pd.DataFrame:
    """Give a class that a fit had not seen, and that has no probability in its answers, none."""
    return answers.fillna(0.0)


def cheapest_threshold(
    truth: np.ndarray, probability: np.ndarray, false_positive: float, false_negative: float
) -> float:
    """Return the threshold, positive from it up, whose errors cost least on these rows.

    Between two neighbouring probabilities every threshold costs the same, and often several such
    gaps are equally cheap. The tie goes to what costs would ask of perfectly calibrated
    probabilities, false_positive / (false_positive + false_negative) (Elkan, 2001): that value
    itself where it lies in a cheapest gap, else the middle of the cheapest gap nearest to it. An
    error that costs nothing is always preferred: everything is positive, or nothing is.
    """
    if false_positive == 0:
        return 0.0
    if false_negative == 0:
        return NEVER
    scores, place = np.unique(probability, return_inverse=True)
    yes = np.bincount(place, weights=truth, minlength=len(scores))
    no = np.bincount(place, weights=~truth, minlength=len(scores))
    missed = np.r_[0, np.cumsum(yes)]  # gap i lies below scores[i], the last one above all
    raised = np.r_[no.sum(), no.sum() - np.cumsum(no)]
    cost = false_negative * missed + false_positive * raised
    cheapest = np.flatnonzero(np.isclose(cost, cost.min(), rtol=1e-12, atol=0))

    low, high = np.r_[0.0, scores][cheapest], np.r_[scores, max(1.0, scores[-1])][cheapest]
    ideal = false_positive / (false_positive + false_negative)
    nearest = int(np.argmin(np.maximum(low - ideal, 0) + np.maximum(ideal - high, 0)))
    if low[nearest] < ideal <= high[nearest]:
        return ideal
    if cheapest[nearest] == len(scores) and scores[-1] >= 1:
        return NEVER
    middle = float(low[nearest] + high[nearest]) / 2
    return middle if middle > low[nearest] else float(high[nearest])


def _costs(settings: Mapping[str, Any], *, two_classes: bool) -> tuple[float, float]:
    """Return the costs of a false positive and of a false negative."""
    costs = settings.get("costs") or {}
    if costs and not two_classes:
        raise UserError(
            "evaluation.costs speaks of two classes, and this case has more; remove it from "
            "the case's block, or name the case's positive class."
        )
    prices = float(costs.get("false_positive", 1)), float(costs.get("false_negative", 1))
    if not any(prices) or not all(map(math.isfinite, prices)):
        raise UserError(
            f"evaluation.costs are {prices[0]:g} (false positive) and {prices[1]:g} (false "
            "negative); give finite costs of which at least one is not 0."
        )
    return prices


problem = Problem(
    target="classes",
    metrics=METRICS,
    answer=answer,
    decision=decision,
    decide=decided,
    scored=scored,
    words=("balance",),
    plots=(
        "confusion.confusion_matrix",
        "curves.roc",
        "curves.precision_recall",
        "calibration.calibration",
        "thresholds.threshold",
        "thresholds.cost",
        "learning.learning_curve",
        "learning.epochs",
    ),
)
