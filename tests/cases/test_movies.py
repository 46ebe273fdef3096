import numpy as np
import pandas as pd
import pytest

from caselab.cases import movies_ranking, movies_rating
from caselab.data import contracts
from caselab.errors import UserError
from caselab.params import CaseBlock
from caselab.stages.prepare import prepare
from tests.movies import ratings

BLOCKS = {
    "movies_rating": {"split": {"kind": "official"}, "validation": {"kind": "kfold"}},
    "movies_ranking": {
        "split": {"kind": "time", "test": 0.2, "within_groups": True},
        "validation": {"kind": "time", "folds": 3, "within_groups": True},
    },
}
CASES = {"movies_rating": movies_rating.case, "movies_ranking": movies_ranking.case}


def prepared(name, records):
    block = CaseBlock(source="movielens", evaluation={}, **BLOCKS[name])
    return prepare([records], CASES[name], block)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("rating", 0.0, "1 to 5 stars"),
        ("rating", 5.5, "1 to 5 stars"),
        ("rating", "good", "no number"),
        ("rating", None, "without a value"),
        ("user", None, "without a value"),
        ("item", None, "without a value"),
        ("time", -1, "seconds since 1970"),
        ("age", 0, "1 to 120 years"),
        ("year", 12.0, "the years 1870 to 2100"),
        ("split", "validation", "unknown value"),
    ],
)
def test_the_contract_refuses(column, value, told):
    records = ratings().head(5)
    records[column] = records[column].astype(object)
    records.loc[3, column] = value
    with pytest.raises(UserError, match=rf"column '{column}' has 1 row .*{told}.*row 4"):
        contracts.check(records, movies_rating.case.contract())


def test_names_that_look_like_numbers_are_names():
    records = ratings().astype({"user": int, "item": int})
    checked = contracts.check(records, movies_rating.case.contract()).records
    assert checked["user"].tolist() == ratings()["user"].tolist()


def test_a_film_of_no_genre_has_none():
    records = ratings().head(3).assign(genres=[None, "unknown", "Drama"])
    cleaned, repairs = movies_rating.case.clean(records)
    assert cleaned["genres"].tolist() == ["", "", "Drama"]
    assert list(repairs.values()) == [2]
    bare, repairs = movies_rating.case.clean(pd.DataFrame({"user": ["1"]}))
    assert (list(bare), repairs) == (["user"], {})


@pytest.mark.parametrize("name", CASES)
def test_a_second_rating_of_a_film_by_a_user_is_dropped_and_counted(name):
    records = ratings()
    twice = records.head(7).assign(rating=1.0)
    _, _, report = prepared(name, pd.concat([records, twice], ignore_index=True))
    assert report["repairs"]["equal to an earlier row in user, item"] == 7
    assert report["rows"]["train"] + report["rows"]["test"] == len(records)


def test_the_publishers_split_is_kept():
    records = ratings()
    train, test, _ = prepared("movies_rating", records)
    assert set(test.ids) == set(records.loc[records["split"] == "test", "id"])
    assert {"split", "rating", "id", "position"}.isdisjoint(train.X)


def test_each_users_last_ratings_are_test_and_later_folds_come_later():
    train, test, _ = prepared("movies_ranking", ratings())
    assert {"split", "rating", "id", "position"}.isdisjoint(train.X)
    last = train.time.groupby(train.group.to_numpy()).max()
    first = test.time.groupby(test.group.to_numpy()).min()
    assert (last[first.index] < first).all()
    assert set(np.unique(train.fold)) == {-1, 0, 1, 2}
    for user in ("1", "2"):
        mine = (train.group == user).to_numpy()
        order = np.argsort(train.time[mine].to_numpy())
        assert (np.diff(train.fold[mine][order]) >= 0).all()
