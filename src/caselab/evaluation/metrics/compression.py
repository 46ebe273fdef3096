"""Metrics of codes, from answers that tell each row's code and what is lost by it.

Errors are mean squares of a row's numbers, on the scale on which the pipeline's features show them.
"""

import re
from typing import Any

import numpy as np
import pandas as pd

from caselab.evaluation.metrics import Metric, mean, ratio

ERROR, SPREAD, TRUST, LABEL = "squared_error", "squared_distance", "trustworthiness", "neighbours"
_CODE = re.compile(r"code_\d+")


def codes(answers: pd.DataFrame) -> np.ndarray:
    """Return the codes, `(n_samples, n_codes)`."""
    names = [name for name in answers if _CODE.fullmatch(str(name))]
    return answers[names].to_numpy(dtype=np.float64)


def error(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the mean squared error of what codes give back, a number of a row."""
    return mean(answers[ERROR].to_numpy(), weights)


def psnr(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the peak signal-to-noise ratio in decibels, of rows whose numbers go from 0 to 1.

    It is taken of the mean squared error over all rows, so that one more decibel is a fifth less
    error, whichever rows it is in.
    """
    found = -10 * np.log10(np.maximum(error(answers, weights), 1e-10))
    return found if np.ndim(found) else float(found)


def explained(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return the share of the squared distance to the mean of training that codes keep."""
    spread = mean(answers[SPREAD].to_numpy(), weights)
    kept = 1 - ratio(np.asarray(error(answers, weights)), np.asarray(spread))
    return kept if np.ndim(kept) else float(kept)


def neighbours_accuracy(
    y: pd.Series | None, answers: pd.DataFrame, weights: np.ndarray | None = None
) -> Any:
    """Return how often most of the five nearest training codes are of the row's class.

    Nan where rows have no classes.
    """
    if y is None or LABEL not in answers:
        several = weights is not None and weights.ndim == 2
        return np.full(len(weights), np.nan) if several else float("nan")  # type: ignore[arg-type]
    return mean(y.astype(str).to_numpy() == answers[LABEL].astype(str).to_numpy(), weights)


def trustworthiness(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return how far neighbours by code are neighbours as rows: reconstruction/compressors.py."""
    return mean(answers[TRUST].to_numpy(), weights)


def code_size(answers: pd.DataFrame, weights: np.ndarray | None = None) -> Any:
    """Return how many numbers of a code are not 0, the mean over rows: a sparse code has few."""
    return mean(np.count_nonzero(codes(answers), axis=1), weights)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("psnr", "PSNR, dB", True, psnr, (float("-inf"), 100.0)),
        Metric("error", "Mean squared error", False, error, (0.0, float("inf"))),
        Metric("explained", "Explained share of variance", True, explained, (float("-inf"), 1.0)),
        Metric("neighbours", "Accuracy of 5 nearest codes", True, neighbours_accuracy),
        Metric("trustworthiness", "Trustworthiness", True, trustworthiness),
        Metric("code_size", "Numbers a code", False, code_size, (0.0, float("inf"))),
    )
}
