"""LIME: a weighted linear model of what an answer owes to the parts of its row."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

KERNEL_WIDTH = 0.25
"""Of distances from 0, the row itself, to 1, a row of which nothing is left."""
PENALTY = 1.0
N_SAMPLES = 2_000


@dataclass(frozen=True)
class Surrogate:
    """A linear model of the answers near a row: `base` plus the weights of the columns it keeps."""

    weights: np.ndarray  # (n_columns, n_outputs)
    base: np.ndarray  # (n_outputs,)
    r2: np.ndarray  # (n_outputs,), weighted; near 1 the surrogate answers as the model does


def lime(
    function: Callable[[pd.DataFrame], np.ndarray],
    row: pd.DataFrame,
    background: pd.DataFrame,
    random: np.random.Generator,
    n_samples: int = N_SAMPLES,
) -> Surrogate:
    """Explain the answer to one row (Ribeiro, Singh and Guestrin, 2016, "Why should I trust you?").

    Copies of the row take the values of rows drawn from the background in some columns, from one to
    all of them; a ridge regression tells the answers from which columns were kept. A copy counts by
    the share `s` that it keeps: exp(-(1 - sqrt(s))² / width²), where 1 - sqrt(s) is the cosine
    distance that the authors take for words. Of a linear function a column's weight comes near
    coefficient times (value - mean of the background), which is its Shapley value.

    Answers that are no numbers, such as of a copy that cannot be answered, are left out.
    """
    n_columns = row.shape[1]
    order = random.random((n_samples, n_columns)).argsort(axis=1)
    kept = order >= random.integers(1, n_columns + 1, size=(n_samples, 1))
    kept[0] = True  # the row itself
    other = random.integers(len(background), size=n_samples)
    both = pd.concat([row, background], ignore_index=True)
    copies = pd.DataFrame(
        {
            column: both[column].take(np.where(kept[:, j], 0, 1 + other)).array
            for j, column in enumerate(both.columns)
        }
    )
    answers = np.asarray(function(copies), dtype=float)  # (n_samples, n_outputs)
    known = np.isfinite(answers).all(axis=1)
    kept, answers = kept[known].astype(float), answers[known]
    distance = 1 - np.sqrt(kept.mean(axis=1))
    weight = np.exp(-((distance / KERNEL_WIDTH) ** 2))
    model = Ridge(alpha=PENALTY).fit(kept, answers, sample_weight=weight)
    weights, base = np.atleast_2d(model.coef_).T, np.atleast_1d(model.intercept_)
    mean = np.average(answers, axis=0, weights=weight)
    spread = np.average((answers - mean) ** 2, axis=0, weights=weight)
    missed = np.average((answers - kept @ weights - base) ** 2, axis=0, weights=weight)
    r2 = 1 - np.divide(missed, spread, out=np.zeros_like(missed), where=spread > 0)
    return Surrogate(weights, base, r2)
