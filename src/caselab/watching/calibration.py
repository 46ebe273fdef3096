"""What probabilities of classes mean: how often what they speak of came true on the test rows.

Isotonic regression (Zadrozny and Elkan, 2002) of each class, kept as the points of its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from caselab import cases

LEAST = 50
"""Test rows, below which nothing is estimated."""


def fit(case: str, y: pd.Series | None, answers: pd.DataFrame) -> dict[str, Any]:
    """Return the line of each class; nothing where answers are no probabilities of classes."""
    if cases.load(case).problem != "classification" or y is None or len(y) < LEAST:
        return {}
    truth, lines = y.astype(str).to_numpy(), {}
    for name in answers.columns:
        line = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        line.fit(answers[name].to_numpy(dtype=float), (truth == name).astype(float))
        lines[str(name)] = [line.X_thresholds_.tolist(), line.y_thresholds_.tolist()]
    return lines


def calibrated(lines: Mapping[str, Any], answers: pd.DataFrame) -> np.ndarray:
    """Return the chance of each class `(n_samples, n_classes)`, which make up 1."""
    found = np.column_stack(
        [np.interp(answers[name].to_numpy(dtype=float), *lines[name]) for name in lines]
    )
    total = found.sum(axis=1, keepdims=True)
    return np.divide(found, total, out=np.full_like(found, 1 / found.shape[1]), where=total > 0)
