import numpy as np
import pandas as pd
import pytest

from caselab.cases import movies_rating
from caselab.errors import UserError
from caselab.problems.recommendation import problem as recommendation

CASE = movies_rating.case


class Fixed:
    def predict(self, X):
        return np.full(len(X), 3.25)


def test_an_answer_is_a_rating_and_is_told_to_one_decimal():
    answers = recommendation.answer(Fixed(), pd.DataFrame({"user": ["a", "b"]}))
    assert answers["rating"].tolist() == [3.25, 3.25]
    assert recommendation.decide(answers, CASE, {}).tolist() == [3.2, 3.2]


def test_the_report_tells_the_mean_of_each_part():
    y = pd.Series([1.0, 2, 3, 4], name="rating")
    told = recommendation.check(y, {"test": np.array([True, True, False, False])})
    assert told == {"mean rating": {"whole": 2.5, "test": 1.5}}


def test_ratings_that_are_all_equal_are_refused():
    with pytest.raises(UserError, match=r"'rating' has one value only \(3 in all 4 rows\)"):
        recommendation.check(pd.Series([3.0] * 4, name="rating"), {})


def test_equal_ratings_are_no_part_to_learn_from():
    whole = pd.Series([1.0, 1, 5])
    assert recommendation.learnable(whole, whole)
    assert not recommendation.learnable(whole.head(2), whole)


def test_scores_are_those_of_the_metrics():
    answers = pd.DataFrame({"rating": [3.0, 4.0]})
    scores = recommendation.score(pd.Series([3.0, 2.0]), answers, CASE)
    assert scores == pytest.approx({"rmse": np.sqrt(2), "mae": 1.0})
