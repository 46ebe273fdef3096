import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.sources.own import identities

ROWS = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "7", None]})


def named(records):
    return identities.add(records, "row_id")["row_id"].tolist()


def test_ids_come_first_and_differ():
    records = identities.add(ROWS, "row_id")
    assert list(records) == ["row_id", "a", "b"]
    assert records["row_id"].is_unique


def test_a_row_keeps_its_id_where_others_come_in_between():
    assert named(ROWS.iloc[[2, 0]]) == [named(ROWS)[2], named(ROWS)[0]]


def test_how_a_value_is_written_and_where_its_column_stands_is_no_matter():
    other = pd.DataFrame({"b": ["x ", "7.0", ""], "a": ["1", 2.0, "3"]})
    assert named(other) == named(ROWS)


def test_row_numbers_of_an_export_are_no_part_of_it():
    assert named(ROWS.assign(**{"Unnamed: 0": [5, 6, 7]})) == named(ROWS)


def test_a_new_column_without_values_is_no_part_of_it():
    assert named(ROWS.assign(c=None)) == named(ROWS)


def test_another_value_and_another_column_are_another_row():
    assert named(ROWS.assign(a=[1, 2, 4]))[2] != named(ROWS)[2]
    assert named(ROWS.rename(columns={"a": "c"}))[0] != named(ROWS)[0]


def test_equal_rows_are_told_apart_by_number():
    first, second, third = named(ROWS.iloc[[0, 0, 0]])
    assert first == named(ROWS)[0]
    assert (second, third) == (f"{first}-2", f"{first}-3")


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(UserError, match="a column 'a' already"):
        identities.add(ROWS, "a")


def test_pictures_are_part_of_it():
    pictures = ROWS.assign(c=[b"\xff\xd8", b"\x89PNG", None])
    assert len({*named(pictures), *named(ROWS)}) == 5
    assert named(pictures.iloc[[1]]) == [named(pictures)[1]]
