from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score

from caselab.evaluation.metrics.ranking import METRICS

CASE = SimpleNamespace(title="Toy", metric="ndcg_at_10", positive=4.0)
ANY = SimpleNamespace(title="Toy", metric="ndcg_at_10", positive=None)


@pytest.fixture
def rows():
    """Two users: a has two relevant items at ranks 1 and 12, b one of three at rank 3; c has none."""
    answers = pd.DataFrame(
        {
            "user": ["a", "b", "a", "b", "a", "b", "c"],
            "rank": [1.0, 3, 12, 1, 2, 50, 1],
            "recommended": ["1\n2", "2\n3", "1\n2", "2\n3", "1\n2", "2\n3", "9"],
            "novelty": [1.0, 3, 1, 3, 1, 3, 5],
            "n_items": 10.0,
        }
    )
    return pd.Series([5.0, 4, 4, 1, 3, 5, 2]), answers


def value(name, y, answers, case=CASE, weights=None):
    return METRICS[name].function(y, answers, {}, case, weights)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("precision_at_10", (0.1 + 0.1) / 2),
        ("recall_at_10", (1 / 2 + 1 / 2) / 2),
        ("hit_rate_at_10", 1.0),
        ("map_at_10", (1 / 2 + (1 / 3) / 2) / 2),
        ("ndcg_at_10", (1 + 1 / 2) / 2 / (1 + 1 / np.log2(3))),
        ("coverage_at_10", 4 / 10),
        ("novelty_at_10", 3.0),
    ],
)
def test_known_values(rows, name, expected):
    assert value(name, *rows) == pytest.approx(expected)


def test_ndcg_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    ranks = random.permutation(40) + 1.0
    relevant = random.random(40) < 0.3
    answers = pd.DataFrame({"user": "a", "rank": ranks})
    expected = ndcg_score(relevant[None].astype(float), -ranks[None], k=10)
    assert value("ndcg_at_10", pd.Series(relevant * 5.0), answers) == pytest.approx(expected)


def test_without_a_threshold_every_interaction_is_relevant(rows):
    assert value("recall_at_10", *rows, case=ANY) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_the_order_of_rows_does_not_matter(rows):
    y, answers = rows
    order = np.random.default_rng(0).permutation(len(y))
    for name in METRICS:
        turned = value(
            name, y.iloc[order].reset_index(drop=True), answers.iloc[order].reset_index(drop=True)
        )
        assert turned == pytest.approx(value(name, y, answers))


@pytest.mark.parametrize("name", [name for name in METRICS if name != "coverage_at_10"])
def test_a_user_of_weight_two_counts_as_two_users(rows, name):
    y, answers = rows
    twin = answers[answers["user"] == "b"].assign(user="b again")
    both = pd.concat([answers, twin], ignore_index=True)
    weights = np.where(answers["user"] == "b", 2.0, 1.0)
    expected = value(name, pd.concat([y, y[twin.index]], ignore_index=True), both)
    assert value(name, y, answers, weights=weights) == pytest.approx(expected)
    assert value(name, y, answers, weights=np.stack([weights, weights])) == pytest.approx(
        [expected] * 2
    )


def test_a_resample_has_no_coverage(rows):
    assert np.isnan(value("coverage_at_10", *rows, weights=np.ones((2, 7)))).all()


def test_where_nothing_is_relevant_nothing_can_be_found(rows):
    _, answers = rows
    nothing = pd.Series(np.ones(7))
    assert np.isnan(value("ndcg_at_10", nothing, answers))
    assert (
        np.isnan(value("ndcg_at_10", nothing, answers, weights=np.ones((3, 7)))).tolist()
        == [True] * 3
    )
