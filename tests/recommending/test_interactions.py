import numpy as np
import pandas as pd

from caselab.recommending.interactions import Attributes, Interactions, Names


def table():
    return pd.DataFrame(
        {
            "user": ["b", "a", "b"],
            "item": ["2", "10", "10"],
            "title": ["Heat", None, None],
            "year": [1995.0, np.nan, np.nan],
            "genres": ["Action|Crime", "", ""],
            "age": [30, 20, 30],
        }
    )


def test_names_have_numbers_and_the_unknown_has_none():
    names = Names.of(["b", "a", "b"])
    assert names.names.tolist() == ["a", "b"]
    assert names.numbers(["b", "c", "a"]).tolist() == [1, -1, 0]
    assert names.numbers([]).tolist() == []


def test_users_and_items_are_numbered_in_the_order_of_their_names():
    met = Interactions.of(table(), [1.0, 2.0, 3.0])
    assert met.items.names.tolist() == ["10", "2"]
    assert met.table(met.rating).toarray().tolist() == [[2.0, 0.0], [3.0, 1.0]]
    assert met.titles.tolist() == ["10", "Heat (1995)"]


def test_attributes_are_scaled_numbers_and_one_feature_a_word():
    learned = Attributes.of(pd.DataFrame({"year": [1990.0, 2010.0], "genres": ["A|B", "B"]}))
    assert learned.words == [["genres", "A"], ["genres", "B"]]
    assert learned.features(
        pd.DataFrame({"year": [2010.0, np.nan], "genres": ["B|new", None]})
    ).tolist() == [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]


def test_a_column_that_is_not_there_adds_nothing():
    learned = Attributes.of(pd.DataFrame({"year": [1990.0, 2010.0], "genres": ["A|B", "B"]}))
    assert learned.features(pd.DataFrame(index=range(2))).tolist() == [[0.0] * 3] * 2


def test_features_come_from_training_for_the_known_and_from_the_question_for_the_new():
    met = Interactions.of(table(), [1.0, 2.0, 3.0])
    asked = met.queries(
        pd.DataFrame({"user": ["a", "z"], "item": ["2", "99"], "genres": ["Crime", "Crime"]})
    )
    assert asked.user.tolist() == [0, -1]
    assert asked.item.tolist() == [1, -1]
    assert asked.item_features[0].tolist() == met.item_features[1].tolist()
    assert asked.item_features[1].tolist() == [0.0, 0.0, 1.0]
    assert (asked.user_features[1] == 0).all()


def test_who_met_what_has_rows_of_length_one():
    of_users, of_items = Interactions.of(table(), [1.0, 2.0, 3.0]).normalized()
    np.testing.assert_allclose(np.linalg.norm(of_users, axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(of_items, axis=1), 1)
    assert (of_users > 0).T.tolist() == (of_items > 0).tolist()
