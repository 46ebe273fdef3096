"""Metrics of word vectors against scipy's, and of resamples against rows that are repeated."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from caselab.evaluation.metrics.vectors import METRICS

RANDOM = np.random.default_rng(1)
N = 40
ASKED = np.array(["relatedness", "similarity", "analogy", ""])[np.arange(4 * N) % 4]
Y = pd.Series(RANDOM.integers(0, 10, 4 * N).astype(float)).where(ASKED != "analogy")
ANSWERS = pd.DataFrame(
    {
        "asked": ASKED,
        "similarity": (RANDOM.normal(size=4 * N) + Y.fillna(0) / 5).round(1),
        "solved": np.where(ASKED == "analogy", RANDOM.random(4 * N) < 0.3, 0).astype(float),
        "known": RANDOM.choice([1.0, 0.5], 4 * N),
    }
)


def score(name, y=Y, answers=ANSWERS, weights=None):
    return METRICS[name].function(y, answers, {}, None, weights)


def of(kind):
    return kind == ASKED


def test_rho_is_that_of_scipy_over_the_known_pairs_of_a_set():
    for kind in ("relatedness", "similarity"):
        told = of(kind) & (ANSWERS["known"] == 1)
        expected = spearmanr(Y[told], ANSWERS["similarity"][told]).statistic
        assert score(kind) == pytest.approx(expected)
    assert score("spearman") == pytest.approx((score("relatedness") + score("similarity")) / 2)


def test_weights_count_as_repeated_rows():
    weights = RANDOM.integers(0, 3, (2, 4 * N))
    for name in METRICS:
        found = score(name, weights=weights.astype(float))
        for row, of_resample in zip(weights, found, strict=True):
            rows = np.repeat(np.arange(4 * N), row)
            expected = score(
                name,
                Y.iloc[rows].reset_index(drop=True),
                ANSWERS.iloc[rows].reset_index(drop=True),
            )
            assert of_resample == pytest.approx(expected), name


def test_vectors_that_tell_nothing_have_a_rho_of_0():
    assert score("spearman", answers=ANSWERS.assign(similarity=0.0)) == 0


def test_shares_are_of_the_rows_that_ask():
    told = of("analogy") & (ANSWERS["known"] == 1)
    assert score("analogies") == pytest.approx(ANSWERS["solved"][told].mean())
    known = (ANSWERS["known"] == 1)[of("similarity")].mean()
    assert score("similarity_known") == pytest.approx(known)


def test_of_a_set_that_is_not_asked_nothing_is_defined():
    few = ANSWERS.assign(asked="similarity")
    assert np.isnan(score("relatedness", answers=few))
    assert np.isnan(score("analogies", answers=few, weights=np.ones((3, 4 * N)))).all()
    assert score("spearman", answers=few) == score("similarity", answers=few)
