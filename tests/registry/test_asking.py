from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.registry.asking import case_asked, line_by_line, needed_columns, with_names

MOVIES = ["movies_rating", "movies_ranking"]
FILE = Path("asked.csv")


@pytest.mark.parametrize(
    ("columns", "case"),
    [
        (["user"], "movies_ranking"),
        (["user", "age"], "movies_ranking"),
        (["user", "item"], "movies_rating"),
        (["id", "user", "item", "rating", "time", "genres"], "movies_rating"),
    ],
)
def test_the_columns_say_which_case_of_a_study_is_asked(columns, case):
    assert case_asked(MOVIES, pd.DataFrame([columns], columns=columns), FILE) == case


def test_columns_that_ask_nothing_are_told_what_each_case_needs():
    expected = (
        r"asked.csv asks none of the study's cases \(movies_rating needs user, item; "
        r"movies_ranking needs user\)"
    )
    with pytest.raises(UserError, match=expected):
        case_asked(MOVIES, pd.DataFrame({"film": ["1"]}), FILE)


def test_cases_that_fit_alike_must_be_told_apart():
    with pytest.raises(UserError, match=r"could ask several cases \(.*\); name the case itself"):
        case_asked(
            ["movies_rating", "movies_rating"], pd.DataFrame({"user": [1], "item": [2]}), FILE
        )


def test_a_case_by_its_full_name_is_asked_whatever_the_columns():
    assert case_asked(["churn"], pd.DataFrame({"x": [1]}), FILE) == "churn"


def test_id_target_and_what_is_optional_are_not_needed():
    needed = needed_columns("churn")
    assert "tenure" in needed
    assert not {"customer_id", "churn"} & set(needed)


def test_an_answer_without_an_id_is_told_by_what_was_asked_or_by_its_line():
    answers = pd.DataFrame({"rating": [3.5, 4.0]})
    asked = pd.DataFrame({"user": ["7", "8"], "item": ["1", "1"], "age": [20, 30]})
    named = with_names(answers, asked, "movies_rating")
    assert named.columns.tolist() == ["user", "item", "rating"]
    assert named["user"].tolist() == ["7", "8"]
    numbered = with_names(answers, pd.DataFrame({"tenure": [1, 2]}), "churn")
    assert numbered["line"].tolist() == [1, 2]


def test_an_answer_that_says_which_it_is_stays():
    answers = pd.DataFrame({"customer_id": ["a", "b"], "decision": ["No", "Yes"]})
    assert with_names(answers, answers, "churn") is answers
    recommended = pd.DataFrame({"user": ["7"], "item": [["1", "2"]]})
    assert with_names(recommended, recommended[["user"]], "movies_ranking").equals(recommended)


def test_lists_have_a_line_for_each_item_and_other_answers_stay():
    lists = pd.DataFrame(
        {
            "user": ["a", "b"],
            "place": [np.array([1, 2]), np.array([1])],
            "title": [["X", "Y"], ["Z"]],
        }
    )
    lines = line_by_line(lists)
    assert lines["user"].tolist() == ["a", "a", "b"]
    assert lines["title"].tolist() == ["X", "Y", "Z"]
    assert lines["place"].tolist() == [1, 2, 1]
    plain = pd.DataFrame({"rating": [1.0, 2.0]})
    assert line_by_line(plain) is plain
