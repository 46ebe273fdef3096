"""Quality measured by labels, and estimated from probabilities that mean what they say."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from caselab.watching import calibration, quality

DECISION = {"threshold": 0.5}
THEN = {"value": 0.84, "low": 0.82, "high": 0.86}


def probabilities(number: int, seed: int, spread: float = 1.5) -> tuple[pd.DataFrame, pd.Series]:
    """Return probabilities that are true, and what came of them."""
    random = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-random.normal(-1, spread, number)))
    y = np.where(random.random(number) < p, "Yes", "No")
    return pd.DataFrame({"No": 1 - p, "Yes": p}), pd.Series(y)


def measured(y: pd.Series, answers: pd.DataFrame, units: np.ndarray | None = None):
    """Return the quality of rows."""
    return quality.measured(
        "churn", y, answers, DECISION, THEN, units=units, seed=7, confidence=0.95
    )


def test_the_measured_metric_is_scikit_learns():
    answers, y = probabilities(300, 1)
    found = measured(y, answers)
    assert found.value == pytest.approx(roc_auc_score(y == "Yes", answers["Yes"]))
    assert found.low < found.value < found.high
    assert found.loss == pytest.approx(THEN["value"] - found.value)


def test_a_metric_that_is_not_defined_is_none():
    answers, y = probabilities(40, 1)
    assert measured(y.where(y == "No", "No"), answers) is None


def test_a_fall_is_called_and_a_rise_is_not():
    answers, y = probabilities(600, 2)
    same = measured(y, answers)
    assert same.change().p > 0.05
    noise = answers.sample(frac=1, random_state=3).reset_index(drop=True)
    fallen = measured(y, noise)
    assert fallen.change().p < 1e-6
    assert fallen.change().always
    metric = quality.metric_of("churn")
    assert fallen.below(0.8, metric)
    assert not same.below(0.7, metric)
    assert not fallen.below(None, metric)


def test_a_customer_who_asks_ten_times_tells_no_more_than_one_who_asks_once():
    answers, y = probabilities(100, 2)
    once = measured(y, answers)
    often = measured(
        pd.concat([y] * 10, ignore_index=True),
        pd.concat([answers] * 10, ignore_index=True),
        np.tile(np.arange(100), 10),
    )
    assert often.value == pytest.approx(once.value)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert often.error == pytest.approx(once.error)


def test_the_estimate_is_what_labels_show_where_probabilities_are_true():
    known, came = probabilities(4000, 4)
    lines = calibration.fit("churn", came, known)
    asked, truth = probabilities(4000, 5, spread=1.0)  # other customers, as predictable as said
    found = quality.estimated("churn", asked, lines, DECISION, THEN, seed=7)
    assert found.value == pytest.approx(measured(truth, asked).value, abs=0.02)
    assert found.low < found.value < found.high


def test_calibration_mends_probabilities_that_say_too_much():
    true, y = probabilities(4000, 6)
    bold = pd.DataFrame({"Yes": true["Yes"] ** 3, "No": 1 - true["Yes"] ** 3})
    chances = calibration.calibrated(calibration.fit("churn", y, bold), bold)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert np.abs(chances[:, 0] - true["Yes"]).mean() < 0.03
    expected = np.maximum(chances[:, 0], chances[:, 1]).mean()
    decided = np.where(chances[:, 0] >= 0.5, "Yes", "No")
    assert expected == pytest.approx(accuracy_score(y, decided), abs=0.02)


def test_nothing_is_estimated_of_other_kinds_or_of_few_rows():
    answers, y = probabilities(60, 1)
    assert calibration.fit("prices", y, answers) == {}
    assert calibration.fit("churn", y.head(20), answers.head(20)) == {}
    assert quality.estimated("churn", answers, {}, DECISION, THEN, seed=7) is None
