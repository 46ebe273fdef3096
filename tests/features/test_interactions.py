import pandas as pd
from sklearn.base import clone

from caselab.features import interactions
from tests.movies import ratings


def test_a_view_shows_who_met_what_and_what_is_told_of_both():
    shown = interactions.view(ratings().drop(columns=["id", "rating"]))
    assert list(shown) == [
        "user", "item", "time", "title", "year", "genres", "age", "gender", "occupation",
    ]  # fmt: skip


def test_attributes_can_be_left_out():
    shown = interactions.view(ratings(), item_attributes=False, user_attributes=False)
    assert list(shown) == ["user", "item", "time", "title"]


def test_a_question_may_know_the_user_alone():
    assert list(interactions.view(pd.DataFrame({"user": ["1"]}))) == ["user"]


def test_the_transformer_hands_the_table_on():
    shown = interactions.view(ratings())
    pd.testing.assert_frame_equal(clone(interactions.transformer()).fit_transform(shown), shown)
