from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from caselab.errors import UserError
from caselab.problems.classification import NEVER, cheapest_threshold
from caselab.problems.classification import problem as classification


@pytest.fixture
def case():
    return SimpleNamespace(title="Toy", metric="roc_auc", positive="Yes")


@pytest.fixture
def many():
    return SimpleNamespace(title="Toy", metric="roc_auc", positive=None)


def threshold(truth, probability, false_positive=1.0, false_negative=1.0):
    truth, probability = np.array(truth, dtype=bool), np.array(probability, dtype=float)
    return cheapest_threshold(truth, probability, false_positive, false_negative)


def cost(truth, probability, at, false_positive, false_negative):
    said = np.array(probability) >= at
    truth = np.array(truth, dtype=bool)
    return false_positive * (said & ~truth).sum() + false_negative * (~said & truth).sum()


def test_answers_are_probabilities_by_the_targets_own_labels():
    X, y = np.array([[0.0], [1], [2], [3]]), np.array([0, 0, 1, 1])
    answers = classification.answer(LogisticRegression().fit(X, y), X)
    assert list(answers.columns) == ["0", "1"]
    assert answers.sum(axis=1).to_numpy() == pytest.approx(1)
    assert answers["1"].is_monotonic_increasing


def test_the_threshold_between_separable_classes_is_even_odds_where_both_errors_cost_the_same():
    assert threshold([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]) == 0.5


def test_the_threshold_lies_in_the_cheapest_gap():
    # Positive from 0.3 up: one false positive. From 0.7 up: one miss, which costs three times that.
    assert threshold([0, 1, 0, 1], [0.1, 0.3, 0.5, 0.7], 1, 3) == 0.25
    # The other way round the miss is cheap; 3 / (3 + 1) lies above, so the middle of its gap.
    assert threshold([0, 1, 0, 1], [0.1, 0.3, 0.5, 0.7], 3, 1) == pytest.approx(0.6)


def test_of_equally_cheap_gaps_the_one_nearest_to_calibrated_odds_wins():
    # One error each: a miss (positive from 0.9 up) or a false positive (from 0.2 up).
    truth, probability = [0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9]
    assert threshold(truth, probability, 1, 1) in (pytest.approx(0.15), pytest.approx(0.85))
    assert threshold(truth, probability, 1, 1.0001) == pytest.approx(0.15)
    assert threshold(truth, probability, 1.0001, 1) == pytest.approx(0.85)


def test_equal_probabilities_fall_on_one_side_together():
    at = threshold([1, 1, 0, 1, 0, 0], [0.4, 0.4, 0.4, 0.9, 0.1, 0.1])
    assert 0.1 < at <= 0.4


def test_an_error_that_costs_nothing_is_always_preferred():
    truth, probability = [0, 1, 0, 1], [0.0, 0.3, 0.5, 1.0]
    assert threshold(truth, probability, 0, 1) == 0
    assert threshold(truth, probability, 1, 0) == NEVER
    assert NEVER > 1


def test_one_answer_to_all_is_decided_by_the_classes_shares():
    probability = [0.25] * 4
    assert threshold([0, 0, 0, 1], probability, 1, 4) == 0.2  # all positive: 3 < 4
    assert threshold([0, 0, 0, 1], probability, 1, 2) == pytest.approx(1 / 3)  # none: 2 < 3


def test_where_no_threshold_below_1_is_cheap_nothing_is_positive():
    assert threshold([0, 0, 1], [1.0, 1.0, 0.5], 1, 1) == NEVER


@pytest.mark.parametrize("seed", range(8))
def test_no_threshold_costs_less(seed):
    random = np.random.default_rng(seed)
    truth, probability = random.random(60) < 0.4, random.random(60).round(1)
    false_positive, false_negative = random.integers(1, 6, 2)
    prices = (int(false_positive), int(false_negative))
    scores = np.unique(probability)
    tried = [0.0, NEVER, *scores, *((a + b) / 2 for a, b in pairwise(scores))]
    found = cheapest_threshold(truth, probability, *prices)
    assert cost(truth, probability, found, *prices) == min(
        cost(truth, probability, at, *prices) for at in tried
    )


def test_costs_of_the_case_move_the_threshold(case):
    random = np.random.default_rng(0)
    probability = random.random(4000)
    y = pd.Series(np.where(random.random(4000) < probability, "Yes", "No"))
    answers = pd.DataFrame({"No": 1 - probability, "Yes": probability})
    for false_negative, calibrated in ((1, 0.5), (4, 0.2)):
        settings = {"costs": {"false_positive": 1, "false_negative": false_negative}}
        chosen = classification.decision(y, answers, case, settings)
        assert chosen["threshold"] == pytest.approx(calibrated, abs=0.05)
    assert classification.decision(y, answers, case, {}) == {
        "threshold": pytest.approx(0.5, abs=0.05)
    }


def test_three_classes_need_no_decision(many):
    y = pd.Series(["a", "b", "c"])
    answers = pd.DataFrame(np.eye(3) * 0.4 + 0.2, columns=list("abc"))
    assert classification.decision(y, answers, many, {}) == {}
    assert list(classification.decide(answers, many, {})) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "costs",
    [{"false_negative": 0, "false_positive": 0}, {"false_negative": float("inf")}],
    ids=["both 0", "infinite"],
)
def test_costs_that_choose_nothing_are_the_users_to_mend(costs, case):
    y, answers = pd.Series(["No", "Yes"]), pd.DataFrame({"No": [0.9, 0.1], "Yes": [0.1, 0.9]})
    with pytest.raises(UserError, match="finite costs of which at least one is not 0"):
        classification.decision(y, answers, case, {"costs": costs})


def test_costs_of_two_errors_do_not_suit_three_classes(many):
    answers = pd.DataFrame(np.eye(3), columns=list("abc"))
    with pytest.raises(UserError, match="two classes"):
        classification.decision(
            pd.Series(list("abc")), answers, many, {"costs": {"false_negative": 2}}
        )


def test_asked_for_metrics_are_scored_and_no_others(case):
    y, answers = pd.Series(["No", "Yes"]), pd.DataFrame({"No": [0.9, 0.1], "Yes": [0.1, 0.9]})
    assert classification.score(y, answers, case, metrics=["roc_auc"]) == {"roc_auc": 1.0}
    assert set(classification.score(y, answers, case)) == set(classification.metrics)
