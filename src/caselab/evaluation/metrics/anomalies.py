"""Metrics of scores that tell how odd a row is, from answers with a `score`, higher where odder.

Which rows are anomalies is told by the column that the case names as its target, which nothing has
learned from; the case's `positive` is what it says of them. Where a case has no such column, only
`spoiled_auc` and `flagged` are defined.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Case, Metric, mean, ratio
from caselab.evaluation.metrics import classification as of_classes
from caselab.evaluation.metrics.classification import Kernel, labels, ties

BETWEEN = ", "
"""What stands between the columns that an answer names."""
FLAGGED, PASSED = "anomaly", "ordinary"


def anomaly(y: pd.Series, case: Case) -> str:
    """Return the label of anomalies: of a case that names none, the last."""
    return str(case.positive) if case.positive is not None else str(max(labels(y)))


def are_anomalies(y: pd.Series, case: Case) -> np.ndarray:
    """Return which rows are anomalies `(n_samples,)`."""
    return labels(y) == anomaly(y, case)


def flagged(answers: pd.DataFrame, decision: Mapping[str, Any]) -> np.ndarray:
    """Return which rows score above the threshold, `(n_samples,)`; without one, none."""
    return answers["score"].to_numpy() > decision.get("threshold", np.inf)


def precision_at_share(
    truth: np.ndarray, score: np.ndarray, weights: np.ndarray, share: float
) -> np.ndarray:
    """Return the share of anomalies among that `share` of the rows that scores highest.

    Of rows that score alike at its edge each counts in part.
    """
    order, starts = ties(-score)
    weights = weights[:, order]
    above = np.add.reduceat(weights, starts, axis=1).cumsum(axis=1)
    found = np.add.reduceat(weights * truth[order], starts, axis=1).cumsum(axis=1)
    nothing = np.zeros((len(weights), 1))
    above, found = np.hstack([nothing, above]), np.hstack([nothing, found])
    wanted = share * above[:, -1]
    hits = [np.interp(*each) for each in zip(wanted, above, found, strict=True)]
    return ratio(np.array(hits), wanted)


def spoiled_auc(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the chance that a row scores below one with a wrong value; a tie counts half.

    It is the ROC-AUC of telling rows from spoiled ones, and needs to know no anomaly. It tells what
    finds wrong values, and nothing of anomalies of another kind.
    """
    return mean(answers["below_spoiled"].to_numpy(), weights)


def share_flagged(
    answers: pd.DataFrame, decision: dict[str, Any], weights: np.ndarray | None = None
) -> Any:
    """Return the share of the rows that score above the threshold."""
    return mean(flagged(answers, decision), weights)


def _judged(value: Callable[..., np.ndarray]) -> Callable[..., Any]:
    """Make a metric of what labels say; it is not defined where there are none."""

    def metric(
        y: pd.Series | None,
        answers: pd.DataFrame,
        decision: dict[str, Any],
        case: Case,
        weights: np.ndarray | None = None,
    ) -> Any:
        rows = np.ones((1, len(answers))) if weights is None else np.atleast_2d(weights)
        if y is None:
            found = np.full(len(rows), np.nan)
        else:
            found = value(are_anomalies(y, case), answers, np.asfortranarray(rows), decision)
        return found if weights is not None and weights.ndim == 2 else float(found[0])

    return metric


def _ranked(kernel: Kernel) -> Callable[..., Any]:
    return _judged(lambda truth, answers, rows, _: kernel(truth, answers["score"].to_numpy(), rows))


def _decided(kernel: Callable[..., np.ndarray]) -> Callable[..., Any]:
    def value(
        truth: np.ndarray, answers: pd.DataFrame, rows: np.ndarray, decision: dict[str, Any]
    ) -> np.ndarray:
        claims = flagged(answers, decision)
        return kernel(*(rows @ each.astype(float) for each in (truth & claims, claims, truth)))

    return _judged(value)


def _at_share(
    truth: np.ndarray, answers: pd.DataFrame, rows: np.ndarray, decision: dict[str, Any]
) -> np.ndarray:
    share = decision.get("contamination", float(truth.mean()))
    return precision_at_share(truth, answers["score"].to_numpy(), rows, share)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("roc_auc", "ROC-AUC", True, _ranked(of_classes.roc_auc)),
        Metric("pr_auc", "PR-AUC", True, _ranked(of_classes.pr_auc)),
        Metric("precision_at_share", "Precision at the stated share", True, _judged(_at_share)),
        Metric("precision", "Precision", True, _decided(of_classes.precision)),
        Metric(
            "recall",
            "Recall",
            True,
            _decided(lambda hits, _, there: of_classes.recall(hits, there)),
        ),
        Metric("f1", "F1", True, _decided(of_classes.f1)),
        Metric("spoiled_auc", "ROC-AUC against spoiled rows", True, spoiled_auc),
        Metric("flagged", "Share flagged", False, share_flagged),
    )
}
