import numpy as np
import pandas as pd
import pytest

from caselab.architectures import popularity
from caselab.cases import movies_ranking
from caselab.errors import UserError
from caselab.problems.ranking import problem as ranking
from tests.movies import ratings

CASE = movies_ranking.case


@pytest.fixture(scope="module")
def counts():
    table = ratings()
    return popularity.ranking().fit(table, table["rating"])


def test_items_among_the_first_ten_are_recommended(counts):
    answers = ranking.answer(counts, ratings().head(200))
    decided = ranking.decide(answers, CASE, {})
    assert (decided == "recommend").tolist() == (answers["rank"] <= 10).tolist()
    assert decided.nunique() == 2


def test_asked_with_users_alone_it_answers_with_lists(counts):
    answers = ranking.answer(counts, pd.DataFrame({"user": ["1", "nobody"]}))
    assert len(answers) == 2
    assert [len(items) for items in answers["item"]] == [10, 10]
    assert ranking.decide(answers, CASE, {}).tolist() == ["recommend", "recommend"]


def test_a_part_without_interactions_is_refused():
    y = pd.Series([1.0, 2.0], name="rating")
    assert ranking.check(y, {"test": np.array([True, False])})["mean target"]["test"] == 1.0
    with pytest.raises(UserError, match="No interaction falls into fold 3"):
        ranking.check(y, {"fold 3": np.zeros(2, dtype=bool)})


def test_every_metric_has_a_score(counts):
    table = ratings()
    scores = ranking.score(table["rating"], ranking.answer(counts, table), CASE)
    assert list(scores) == list(ranking.metrics)
    assert all(np.isfinite(score) for score in scores.values())
