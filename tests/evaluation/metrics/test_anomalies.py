from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from caselab.evaluation.metrics.anomalies import METRICS, precision_at_share

CASE = SimpleNamespace(title="", metric="roc_auc", positive=1)
DECISION = {"threshold": 0.8, "contamination": 0.2}


@pytest.fixture
def rows():
    """400 rows, a tenth of them odd, with scores that are often equal."""
    random = np.random.default_rng(0)
    y = pd.Series((np.arange(400) % 10 == 0).astype(int))
    score = (random.normal(size=400) / 3 + y).round(1)
    return y, pd.DataFrame({"score": score, "below_spoiled": random.random(400)})


def values(y, answers, weights=None):
    return {
        name: metric.function(y, answers, DECISION, CASE, weights)
        for name, metric in METRICS.items()
    }


@pytest.mark.parametrize("weighted", [False, True])
def test_scores_are_judged_as_sklearn_judges_them(rows, weighted):
    y, answers = rows
    weights = np.random.default_rng(1).integers(0, 4, 400).astype(float) if weighted else None
    found, claims = values(y, answers, weights), answers["score"] > 0.8
    words = {"sample_weight": weights}
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(y, answers["score"], **words))
    assert found["pr_auc"] == pytest.approx(
        sk.average_precision_score(y, answers["score"], **words)
    )
    assert found["precision"] == pytest.approx(sk.precision_score(y, claims, **words))
    assert found["recall"] == pytest.approx(sk.recall_score(y, claims, **words))
    assert found["f1"] == pytest.approx(sk.f1_score(y, claims, **words))
    assert found["flagged"] == pytest.approx(np.average(claims, weights=weights))
    assert found["spoiled_auc"] == pytest.approx(
        np.average(answers["below_spoiled"], weights=weights)
    )


def test_precision_at_a_share_counts_the_first_rows_and_a_part_of_those_that_tie():
    truth = np.array([1, 0, 1, 0, 1, 0, 0, 0, 0, 0]).astype(bool)
    score = np.array([9.0, 8, 7, 7, 5, 4, 3, 2, 1, 0])
    one = np.ones((1, 10))
    assert precision_at_share(truth, score, one, 0.2)[0] == 1 / 2
    assert precision_at_share(truth, score, one, 0.3)[0] == pytest.approx((1 + 0.5) / 3)
    assert precision_at_share(truth, score, one, 0.5)[0] == 3 / 5
    assert precision_at_share(truth, np.zeros(10), one, 0.3)[0] == pytest.approx(0.3)
    twice = np.vstack([one, np.where(truth, 3.0, 1.0)])
    assert precision_at_share(truth, score, twice, 0.5).shape == (2,)


def test_weighted_rows_score_as_repeated_ones(rows):
    y, answers = rows
    times = np.random.default_rng(2).integers(0, 3, 400)
    place = np.repeat(np.arange(400), times)
    plain = values(y.iloc[place], answers.iloc[place].reset_index(drop=True))
    assert values(y, answers, times.astype(float)) == pytest.approx(plain)
    for name, both in values(y, answers, np.stack([times, times]).astype(float)).items():
        np.testing.assert_allclose(both, [plain[name]] * 2)


def test_without_labels_only_spoiled_rows_and_what_is_flagged_are_known(rows):
    _, answers = rows
    known = {name for name, value in values(None, answers).items() if not np.isnan(value)}
    assert known == {"spoiled_auc", "flagged"}
    assert values(None, answers, np.ones((3, 400)))["roc_auc"].shape == (3,)
