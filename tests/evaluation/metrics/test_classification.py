import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from caselab.evaluation.metrics.classification import METRICS, decided

DECISION = {"threshold": 0.4}


def by_sklearn(y, answers, threshold, weights=None):
    yes, probability = (y == "Yes").to_numpy(), answers["Yes"].to_numpy()
    said = probability >= threshold
    return {
        "roc_auc": sk.roc_auc_score(yes, probability, sample_weight=weights),
        "pr_auc": sk.average_precision_score(yes, probability, sample_weight=weights),
        "accuracy": sk.accuracy_score(yes, said, sample_weight=weights),
        "precision": sk.precision_score(yes, said, sample_weight=weights),
        "recall": sk.recall_score(yes, said, sample_weight=weights),
        "f1": sk.f1_score(yes, said, sample_weight=weights),
        "log_loss": sk.log_loss(yes, probability, sample_weight=weights),
        "brier": sk.brier_score_loss(yes, probability, sample_weight=weights),
    }


def values(y, answers, decision, case, weights=None):
    return {
        name: metric.function(y, answers, decision, case, weights)
        for name, metric in METRICS.items()
    }


def test_two_classes_score_as_sklearn_scores_them(binary, case):
    assert values(*binary, DECISION, case) == pytest.approx(by_sklearn(*binary, 0.4))


def test_weighted_rows_score_as_sklearn_scores_them(binary, case):
    weights = np.random.default_rng(0).integers(0, 4, len(binary[0])).astype(float)
    expected = by_sklearn(*binary, 0.4, weights)
    assert values(*binary, DECISION, case, weights) == pytest.approx(expected)


def test_a_weight_counts_a_row_as_often_as_repeating_it(multiclass, many):
    y, answers = multiclass
    counts = np.random.default_rng(0).integers(0, 4, len(y))
    rows = np.repeat(np.arange(len(y)), counts)
    repeated = values(y.iloc[rows], answers.iloc[rows], {}, many)
    assert values(y, answers, {}, many, counts.astype(float)) == pytest.approx(repeated)


def test_resamples_are_scored_together_as_each_alone(binary, case):
    weights = np.random.default_rng(0).integers(0, 3, (5, len(binary[0]))).astype(float)
    together = values(*binary, DECISION, case, weights)
    for number, each in enumerate(weights):
        alone = values(*binary, DECISION, case, each)
        assert {name: value[number] for name, value in together.items()} == pytest.approx(alone)


def test_more_classes_score_as_sklearns_macro_averages(multiclass, many):
    y, answers = multiclass
    said, p = answers.idxmax(axis=1), answers.to_numpy()
    truth = (y.to_numpy()[:, None] == answers.columns.to_numpy()).astype(int)
    assert values(y, answers, {}, many) == pytest.approx(
        {
            "roc_auc": sk.roc_auc_score(y, p, multi_class="ovr", average="macro"),
            "pr_auc": sk.average_precision_score(truth, p, average="macro"),
            "accuracy": sk.accuracy_score(y, said),
            "precision": sk.precision_score(y, said, average="macro"),
            "recall": sk.recall_score(y, said, average="macro"),
            "f1": sk.f1_score(y, said, average="macro"),
            "log_loss": sk.log_loss(y, p),
            "brier": sk.brier_score_loss(y, p),
        }
    )


def test_perfect_answers_reach_the_better_bound(case):
    y = pd.Series(["No", "Yes", "Yes", "No"])
    answers = pd.DataFrame({"No": [1.0, 0, 0, 1], "Yes": [0.0, 1, 1, 0]})
    for name, value in values(y, answers, DECISION, case).items():
        assert value == pytest.approx(1 if METRICS[name].greater_is_better else 0, abs=1e-9)


def test_one_answer_to_all_rows_scores_chance(case):
    y = pd.Series(["No", "Yes", "No", "No"])
    answers = pd.DataFrame({"No": [0.7] * 4, "Yes": [0.3] * 4})
    assert values(y, answers, DECISION, case) == pytest.approx(
        {
            "roc_auc": 0.5,
            "pr_auc": 0.25,
            "accuracy": 0.75,
            "precision": 0,
            "recall": 0,
            "f1": 0,
            "log_loss": -(np.log(0.3) + 3 * np.log(0.7)) / 4,
            "brier": (0.7**2 + 3 * 0.3**2) / 4,
        }
    )


@pytest.mark.parametrize("only", ["No", "Yes"])
def test_rows_of_one_class_leave_undefined_what_needs_two(only, case):
    y, answers = pd.Series([only] * 3), pd.DataFrame({"No": [0.2] * 3, "Yes": [0.8] * 3})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = values(y, answers, DECISION, case)
    assert np.isnan(scores["roc_auc"])
    assert np.isnan(scores["recall"]) == np.isnan(scores["pr_auc"]) == (only == "No")
    assert scores["accuracy"] == (only == "Yes")


def test_a_class_never_seen_in_training_has_no_probability(many):
    y = pd.Series(["a", "b", "c", "d"])
    answers = pd.DataFrame(
        {"a": [0.9, 0.1, 0.1, 0.4], "b": [0.1, 0.8, 0.1, 0.3], "c": [0, 0.1, 0.8, 0.3]}
    )
    scores = values(y, answers, {}, many)
    assert scores["log_loss"] == pytest.approx(
        -(np.log(0.9) + 2 * np.log(0.8) + np.log(np.finfo(float).eps)) / 4
    )
    assert scores["recall"] == pytest.approx(3 / 4)


def test_a_class_absent_from_the_rows_is_left_out_of_the_mean(many):
    y = pd.Series(["a", "b"])
    answers = pd.DataFrame({"a": [0.8, 0.1], "b": [0.1, 0.8], "c": [0.1, 0.1]})
    assert values(y, answers, {}, many)["roc_auc"] == 1


def test_a_probability_at_the_threshold_is_positive(case):
    answers = pd.DataFrame({"No": [0.61, 0.6, 0.59], "Yes": [0.39, 0.4, 0.41]})
    assert list(decided(answers, DECISION, case)) == ["No", "Yes", "Yes"]


def test_labels_that_are_numbers_meet_the_columns_named_after_them(case):
    case.positive = 1
    answers = pd.DataFrame({"0": [0.9, 0.2], "1": [0.1, 0.8]})
    assert METRICS["roc_auc"].function(pd.Series([0, 1]), answers, {}, case) == 1


def test_a_loss_that_falls_is_a_gain():
    assert METRICS["log_loss"].gain(of=0.3, over=0.5) == pytest.approx(0.2)
    assert METRICS["roc_auc"].gain(of=0.3, over=0.5) == pytest.approx(-0.2)
