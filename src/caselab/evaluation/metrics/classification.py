"""Metrics of probabilities of classes.

With two classes precision, recall, F1, ROC-AUC, PR-AUC and Brier speak of the positive class; with
more they are macro averages: one class against the rest, then the plain mean over the classes for
which the metric is defined.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from caselab.arguments import by_name
from caselab.evaluation.metrics import Case, Metric, mean, ratio

Kernel = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def positive_class(answers: pd.DataFrame, case: Case) -> str | None:
    """Return the class that the case asks for, as a column of answers; None with three or more.

    A case of two classes that names none asks for the last one in sorted order.
    """
    if case.positive is not None:
        return str(case.positive)
    return str(max(answers.columns)) if answers.shape[1] <= 2 else None


def decided(answers: pd.DataFrame, decision: dict[str, Any], case: Case) -> pd.Series:
    """Return the label of each row: the most probable class, or the positive one from a threshold."""
    positive = positive_class(answers, case)
    if positive is None or "threshold" not in decision:
        return answers.idxmax(axis=1)
    rest = answers.drop(columns=positive, errors="ignore")
    if rest.empty:
        return pd.Series(positive, index=answers.index)
    yes = probability(answers, positive) >= decision["threshold"]
    return rest.idxmax(axis=1).mask(yes, positive)


def classes(y: pd.Series, answers: pd.DataFrame) -> list[str]:
    """Return every class that was answered or came true, sorted."""
    return sorted({*answers.columns, *np.unique(labels(y))})


def asked_classes(y: pd.Series, answers: pd.DataFrame, case: Case) -> list[str]:
    """Return the classes that are scored one against the rest: the positive one, or all."""
    positive = positive_class(answers, case)
    return classes(y, answers) if positive is None else [positive]


def labels(y: pd.Series) -> np.ndarray:
    """Return the raw target as the names that columns of answers have."""
    return y.astype(str).to_numpy(dtype=object)


def probability(answers: pd.DataFrame, label: str) -> np.ndarray:
    """Return a class's probabilities; a class that the estimator never saw has none."""
    return answers[label].to_numpy() if label in answers else np.zeros(len(answers))


def accuracy(
    y: pd.Series,
    answers: pd.DataFrame,
    decision: dict[str, Any],
    case: Case,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the share of rows decided rightly."""
    return mean(labels(y) == decided(answers, decision, case).to_numpy(), weights)


def log_loss(
    y: pd.Series,
    answers: pd.DataFrame,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the mean of minus the logarithm of the probability of what came true, in nats."""
    truth, given = labels(y), np.zeros(len(answers))
    for label in answers.columns:
        given = np.where(truth == label, answers[label], given)
    epsilon = np.finfo(np.float64).eps
    return mean(-np.log(np.clip(given, epsilon, 1 - epsilon)), weights)


def brier(
    y: pd.Series,
    answers: pd.DataFrame,
    case: Case,
    weights: np.ndarray | None = None,
) -> Any:
    """Return the mean squared distance of probabilities from what came true.

    With three or more classes the squares are summed over the classes, as Brier (1950) did, and
    the worst is 2; with two the positive class alone counts, and the worst is 1.
    """
    truth, error = labels(y), np.zeros(len(answers))
    for label in asked_classes(y, answers, case):
        error += (probability(answers, label) - (truth == label)) ** 2
    return mean(error, weights)


def _from_decisions(kernel: Callable[..., np.ndarray]) -> Callable[..., Any]:
    """Make a metric of what was decided from a kernel of rows' weights, one class against the rest.

    Of a class: rows decided rightly to be of it, rows decided to be of it, rows that are.
    """
    of_class = by_name(kernel, "hits", "claims", "there")

    def metric(
        y: pd.Series,
        answers: pd.DataFrame,
        decision: dict[str, Any],
        case: Case,
        weights: np.ndarray | None = None,
    ) -> Any:
        asked = np.array(asked_classes(y, answers, case), dtype=object)
        there = labels(y)[:, np.newaxis] == asked  # (n_samples, n_classes)
        claims = decided(answers, decision, case).to_numpy()[:, np.newaxis] == asked
        rows = _rows(len(y), weights)
        of_classes = [rows @ each.astype(float) for each in (there & claims, claims, there)]
        return _macro(of_class(*of_classes).T, weights)

    return metric


def _from_probabilities(kernel: Kernel) -> Callable[..., Any]:
    """Make a metric of probabilities from a kernel for one class against the rest."""

    def metric(
        y: pd.Series,
        answers: pd.DataFrame,
        case: Case,
        weights: np.ndarray | None = None,
    ) -> Any:
        truth, asked = labels(y), asked_classes(y, answers, case)
        rows = np.asfortranarray(_rows(len(y), weights))  # as the sums over them want it
        table = [kernel(truth == label, probability(answers, label), rows) for label in asked]
        return _macro(np.stack(table), weights)

    return metric


def precision(hits: np.ndarray, claims: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return the share of a class among rows decided to be of it; 0 where none was decided."""
    return np.where((claims == 0) & (there > 0), 0.0, ratio(hits, claims))


def recall(hits: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return the share of rows decided to be of a class among those that are."""
    return ratio(hits, there)


def f1(hits: np.ndarray, claims: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return the harmonic mean of precision and recall."""
    return ratio(2 * hits, there + claims)


def roc_auc(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the chance that a row of the class scores above one of the rest; a tie counts half."""
    yes, level, between = _steps(truth, score, weights)  # of the class; beside it; below it
    below = np.cumsum(between, axis=0)[:-1] + np.cumsum(level, axis=0) - level / 2
    no = level.sum(axis=0) + between.sum(axis=0)
    return ratio((yes * below).sum(axis=0), yes.sum(axis=0) * no)


def pr_auc(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the average precision: the area under the steps of precision over recall."""
    yes, level, between = _steps(truth, -score, weights)
    right = np.cumsum(yes, axis=0)
    above = right + np.cumsum(level, axis=0) + np.cumsum(between, axis=0)[:-1]
    at = np.divide(right, above, out=np.zeros_like(above), where=above > 0)
    return ratio((yes * at).sum(axis=0), yes.sum(axis=0))


def _steps(
    truth: np.ndarray, score: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what rows weigh around the distinct scores of a class's rows, in rising order.

    That of the class at each score and that of the rest there, `(n_scores, n_resamples)`; that of
    the rest between one score and the next, before the first and after the last,
    `(n_scores + 1, n_resamples)`. Most rows are of the rest, so this is much shorter than the rows.
    """
    known = np.unique(score[truth])
    left, right = (np.searchsorted(known, score, side) for side in ("left", "right"))
    step = np.where(left == right, 2 * len(known) + left, left + len(known) * ~truth)
    shape = (3 * len(known) + 1, len(score))
    sums = sparse.csr_matrix((np.ones(len(score)), (step, np.arange(len(score)))), shape)
    yes, level, between = np.split(sums @ weights.T, [len(known), 2 * len(known)])
    return yes, level, between


METRICS = {
    metric.name: metric
    for metric in (
        Metric("roc_auc", "ROC-AUC", True, _from_probabilities(roc_auc)),
        Metric("pr_auc", "PR-AUC", True, _from_probabilities(pr_auc)),
        Metric("accuracy", "Accuracy", True, accuracy),
        Metric("precision", "Precision", True, _from_decisions(precision)),
        Metric("recall", "Recall", True, _from_decisions(recall)),
        Metric("f1", "F1", True, _from_decisions(f1)),
        Metric("log_loss", "Log loss", False, log_loss, (0.0, np.inf)),
        Metric("brier", "Brier score", False, brier, (0.0, 2.0)),
    )
}


def ties(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the order of ascending scores and where in it each distinct score starts."""
    order = np.argsort(score, kind="stable")
    ascending = score[order]
    return order, np.flatnonzero(np.r_[True, ascending[1:] != ascending[:-1]])


def _rows(n_samples: int, weights: np.ndarray | None) -> np.ndarray:
    """Return the weights of rows, `(n_resamples, n_samples)`."""
    return np.ones((1, n_samples)) if weights is None else np.atleast_2d(weights)


def _macro(table: np.ndarray, weights: np.ndarray | None) -> Any:
    """Average `(n_classes, n_resamples)` over the classes for which the metric is defined."""
    defined = ~np.isnan(table)
    averages = ratio(np.where(defined, table, 0).sum(axis=0), defined.sum(axis=0))
    return averages if weights is not None and weights.ndim == 2 else float(averages[0])
