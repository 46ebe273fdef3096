import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from caselab.evaluation.metrics.ranking import coverage
from caselab.recommending.recommenders import TOP, Ranker, RatingPredictor
from tests.movies import ratings


class Fixed(BaseEstimator):
    """Scores items by what a test says."""

    def __init__(self, values=None, near=None):
        self.values = values
        self.near = near

    def fit(self, met):
        self.n_items_ = len(met.items)
        return self

    def scores(self, user):
        return np.tile(self.values, (len(user), 1)).astype(float)

    def likeness(self, item):
        return None if self.near is None else np.asarray(self.near, dtype=float)[item]

    def rate(self, asked):
        return np.where(asked.user < 0, -7.0, 99.0)


MET = pd.DataFrame(
    {
        "user": ["u", "u", "v", "v"],
        "item": ["a", "b", "b", "c"],
        "genres": ["Drama", "War", "War", "War|Drama"],
        "title": ["A", "B", "B", "C"],
    }
)
STARS = [5.0, 1.0, 4.0, 4.0]
NEAR = [[1, 0.2, 0.9], [0.2, 1, 0.1], [0.9, 0.1, 1]]


def test_ratings_stay_on_the_scale_they_were_given_on():
    predictor = RatingPredictor(Fixed()).fit(MET, STARS)
    asked = pd.DataFrame({"user": ["u", "new"], "item": ["a", "a"]})
    assert predictor.predict(asked).tolist() == [5.0, 1.0]


def test_an_item_is_ranked_among_those_the_user_has_not_met():
    ranker = Ranker(Fixed([3, 2, 1])).fit(MET, STARS)
    asked = pd.DataFrame({"user": ["u", "v", "u"], "item": ["c", "a", "b"]})
    found = ranker.predict(asked)
    assert found["rank"].tolist() == [1, 1, 2]  # b was met by u: second among all
    assert found["recommended"].tolist() == ["c", "a", "c"]
    assert found["novelty"].tolist() == [1.0, 1.0, 1.0]  # one of two users has met it
    assert found["n_items"].tolist() == [3, 3, 3]


def test_ranks_are_those_of_a_plain_sort():
    table = ratings()
    random = np.random.default_rng(0)
    scores = random.normal(size=40)
    ranker = Ranker(Fixed(scores)).fit(table, table["rating"])
    items = ranker.met_.items.names
    met = set(table.loc[table["user"] == "7", "item"])
    left = [item for item in items[np.argsort(-scores)] if item not in met]
    found = ranker.predict(pd.DataFrame({"user": "7", "item": left}))
    assert found["rank"].tolist() == list(range(1, len(left) + 1))
    assert found["recommended"][0].split("\n") == left[:10]


def test_an_answer_does_not_depend_on_what_else_is_asked():
    table = ratings()
    ranker = Ranker(Fixed(np.arange(40))).fit(table, table["rating"])
    whole = ranker.predict(table.head(50))
    alone = [ranker.predict(table.iloc[[row]]) for row in (0, 31)]
    pd.testing.assert_frame_equal(
        whole.iloc[[0, 31]].reset_index(drop=True), pd.concat(alone, ignore_index=True)
    )


def test_a_new_user_is_recommended_what_most_have_met_and_told_so():
    ranker = Ranker(Fixed([3, 2, 1], NEAR)).fit(MET, STARS)
    found = ranker.predict(pd.DataFrame({"user": ["new"]}))
    assert found["item"][0] == ["b", "a", "c"]
    assert found["why"][0][0] == "new user; rated by 2 of 2 users, 2.5 on average"


def test_a_recommendation_names_the_nearest_that_was_liked_and_shared_genres():
    ranker = Ranker(Fixed([3, 2, 1], NEAR)).fit(MET, STARS)
    found = ranker.predict(pd.DataFrame({"user": ["u"]}))
    assert found["title"][0] == ["C"]
    assert found["place"][0] == [1]
    assert found["why"][0] == ["near to A, rated 5; Drama"]  # B was met too, but not liked


def test_where_nothing_is_near_fame_is_the_reason():
    ranker = Ranker(Fixed([3, 2, 1])).fit(MET, STARS)
    found = ranker.predict(pd.DataFrame({"user": ["u"]}))
    assert found["why"][0] == ["rated by 1 of 2 users, 4.0 on average"]


def test_an_item_never_seen_is_ranked_by_what_is_told_of_it():
    table = ratings(n_users=80, n_items=60)
    drama = table.drop_duplicates("item").set_index("item")["genres"].str.contains("Drama")
    names = np.unique(table["item"])
    scores = drama[names].to_numpy() + np.linspace(0, 3, len(names))
    ranker = Ranker(Fixed(scores)).fit(table, table["rating"])
    asked = pd.DataFrame(
        {"user": "1", "item": "new", "genres": ["Drama", "Comedy"], "year": 1980.0}
    )
    found = ranker.predict(asked)["rank"]
    assert found[0] < found[1]
    assert found.between(1, 61).all()


@pytest.mark.parametrize("estimator", [RatingPredictor(Fixed()), Ranker(Fixed([1, 2, 3]))])
def test_only_networks_have_a_history(estimator):
    assert estimator.fit(MET, STARS).history_ == []


def test_names_with_spaces_stay_whole_in_the_list_that_coverage_counts():
    names = [f"The Big Film {n}" for n in range(6)]
    rows = [(user, item, 4.0) for user in "abc" for item in names if (user, item[-1]) != ("a", "5")]
    X = pd.DataFrame([row[:2] for row in rows], columns=["user", "item"])
    ranker = Ranker(Fixed(np.arange(6))).fit(X, [row[2] for row in rows])
    found = ranker.predict(pd.DataFrame({"user": ["a"], "item": [names[5]]}))
    assert found["recommended"][0] == names[5]
    answers = ranker.predict(X)
    assert coverage(answers) <= 1


def test_an_item_never_seen_is_no_hit_because_nobody_is_shown_it():
    rows = [(user, item, 4.0) for user in "abc" for item in "xyz"]
    X = pd.DataFrame([row[:2] for row in rows], columns=["user", "item"])
    ranker = Ranker(Fixed(np.arange(3))).fit(X, [row[2] for row in rows])
    assert ranker.predict(pd.DataFrame({"user": ["a"], "item": ["new"]}))["rank"][0] > TOP
