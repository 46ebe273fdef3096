import numpy as np
import pandas as pd
import pytest

from caselab.inspection.columns import profile

KINDS = {
    "Unnamed: 0": "whole number",
    "Größe in m²": "number",
    "100%": "number",
    "class": "category",
    "Class": "whole number",
    "2021": "whole number",
    "day": "date",
    "us": "date",
    "zip": "category",
    "const": "category",
    "void": "empty",
    "flag": "yes or no",
    "bit": "whole number",
    "truth": "yes or no",
    "review": "text",
    "mixed": "number",
    "really mixed": "category",
    "copy": "category",
    "Geht weg?": "category",
}


def one(values):
    (found,) = profile(pd.DataFrame({"column": values}))
    return found


def test_each_column_of_an_odd_table(odd):
    assert {each.name: each.kind for each in profile(odd)} == KINDS


WRITTEN = {
    "plain": (["1", "2.5", "-3"], {}),
    "english": (["1,234.50", "12", "7.5"], {"thousands": ","}),
    "german": (["1.234,50", "12", "7,5"], {"thousands": ".", "decimal": ","}),
    "decimal comma": (["1234,5", "12", "0,5"], {"decimal": ","}),
    "spaces": (["1 234.5", "12", "7.5"], {"thousands": " "}),
    "currency": (["$1,234", "$12", "$7"], {"thousands": ",", "unit": "$"}),
    "sign before the currency": (
        ["$1,234", "-$77.40", "$-3"],
        {"thousands": ",", "unit": "$"},
    ),
    "of accountants": (["1", "2.5", "(76)"], {"negative": "()"}),
    "currency of accountants": (
        ["$1,234", "$12", "($76.50)"],
        {"thousands": ",", "unit": "$", "negative": "()"},
    ),
    "share": (["5 %", "12 %", "7.5 %"], {"unit": "%"}),
    "with gaps": (["1", "2", *map(str, range(100)), "?"], {"missing": ["?"]}),
    "with many gaps": (["1.5", "2.5", "7", *["-"] * 3, "N.A."], {"missing": ["-", "N.A."]}),
    "of a sheet with errors": (["1.5", "2.5", "7", "#DIV/0!"], {"missing": ["#DIV/0!"]}),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_how_numbers_are_written(name):
    values, written = WRITTEN[name]
    found = one(values)
    assert found.kind in ("number", "whole number")
    assert found.written == written


@pytest.mark.parametrize(
    "values", [["room 1", "room 2"], ["007", "12"], ["1", "two", "3"], ["k1", "k2"]]
)
def test_what_only_looks_like_numbers_stays_words(values):
    assert one(values * 20).kind == "category"


@pytest.mark.parametrize(
    "values", [["Yes", "No", "NO", "no"], ["true", "1", "false", "0"], ["Y", "n"], ["TRUE", "F"]]
)
def test_yes_and_no_in_whatever_spelling(values):
    assert one(values * 20).kind == "yes or no"
    assert one(["yes", "true"] * 20).kind == "category"  # nobody says no


@pytest.mark.parametrize("values", [[0, 1, 1], [0.0, 1.0, None], ["0", "1"]])
def test_counts_of_0_and_1_so_far_are_numbers(values):
    assert one(values * 20).kind == "whole number"


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_truth_says_so_by_its_type(dtype):
    assert one(pd.Series([True, False] * 20, dtype=dtype)).kind == "yes or no"


def test_dates_in_several_formats_and_with_times():
    found = one(["2020-01-31", "31.12.2020", "Jan 5, 2021", None])
    assert (found.kind, found.missing) == ("date", 1)
    assert (found.low, found.high) == (pd.Timestamp("2020-01-31"), pd.Timestamp("2021-01-05"))
    assert one(["2020-01-31 10:00", "2020-02-01 11:30"]).written == {}
    assert one(["31.12.2020 10:00"]).written == {"formats": ["%d.%m.%Y %H:%M"]}


@pytest.mark.parametrize("word", ["31.02.2020", "0000-00-00", "31.12.9999", "unknown"])
def test_a_few_impossible_dates_are_missing_and_the_rest_stays_dates(word):
    days = pd.date_range("2020-01-01", periods=99).strftime("%d.%m.%Y")
    found = one([*days, word])
    assert (found.kind, found.missing) == ("date", 1)
    assert found.written == {"formats": ["%d.%m.%Y"], "missing": [word]}
    assert one([*days[:9], word]).kind != "date"  # one in ten is no slip


def test_day_and_month_that_might_be_the_other_way_round_are_told():
    assert one(["01/02/2020", "03/04/2020"]).ambiguous
    assert not one(["01/02/2020", "03/14/2020"]).ambiguous


def test_missing_infinite_and_different_values_are_counted():
    found = one([1.0, np.nan, np.inf, 2.0, 2.0])
    assert (found.rows, found.missing, found.distinct) == (5, 2, 2)
    assert one(pd.array([1, None, 3], dtype="Int64")).kind == "whole number"
    assert one([" ", "", None]).kind == "empty"


def test_names_that_hardly_two_rows_share_are_codes():
    assert one([f"p-{number}" for number in range(100)]).kind == "code"
