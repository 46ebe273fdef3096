import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from caselab.data import contracts
from caselab.errors import UserError


@pytest.fixture
def schema():
    return pa.DataFrameSchema(
        {
            "customer_id": pa.Column(str, unique=True),
            "plan": pa.Column(str, pa.Check.isin(["One year", "Two year", "Month-to-month"])),
            "tenure": pa.Column(int, pa.Check.in_range(0, 99, error="0 to 99 months")),
            "charges": pa.Column(float, pa.Check.ge(0), nullable=True),
            "note": pa.Column(str, required=False, nullable=True),
        }
    )


@pytest.fixture
def records():
    return pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "plan": ["One year", "Two year", "One year", "Month-to-month"],
            "tenure": [0, 1, 2, 99],
            "charges": [0.0, 1.5, 2.5, np.nan],
        }
    )


def refusal(records, schema):
    with pytest.raises(UserError) as raised:
        contracts.check(records, schema, "the records of source 'shop'")
    message = str(raised.value)
    assert message.startswith("In the records of source 'shop' ")
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_records_in_order_pass_unchanged(records, schema):
    checked = contracts.check(records, schema)
    pd.testing.assert_frame_equal(checked.records, records)
    assert checked.dropped == ()
    assert checked.converted == {}


def test_columns_come_in_the_contracts_order_whatever_the_files_is(records, schema):
    checked = contracts.check(records[records.columns[::-1]], schema)
    assert list(checked.records) == list(records)


def test_a_missing_column(records, schema):
    message = refusal(records.drop(columns="tenure"), schema)
    assert message.endswith("there is no column 'tenure'; add it.")
    message = refusal(records.drop(columns=["tenure", "charges"]).assign(shoe_size=43), schema)
    assert "there are no columns 'tenure'" in message
    assert "add them, or rename the column that the contract does not know (shoe_size)." in message


def test_a_missing_column_that_stands_there_in_another_writing(records, schema):
    message = refusal(records.rename(columns={"customer_id": "customerID"}), schema)
    assert "'customer_id' (is it 'customerID'?)" in message


def test_an_extra_column_is_dropped_and_told(records, schema):
    checked = contracts.check(records.assign(shoe_size=43, tenures=1), schema)
    assert checked.dropped == ("shoe_size", "tenures")
    assert "shoe_size" not in checked.records


def test_an_extra_column_that_misspells_an_absent_one_is_refused(records, schema):
    assert "'notes' looks like a misspelling of 'note'" in refusal(records.assign(notes=""), schema)


def test_a_wrong_type(records, schema):
    records["tenure"] = ["0", "one", "two", "99"]
    message = refusal(records, schema)
    assert "column 'tenure' has 2 rows that are no number: 'one', 'two' (first in row 2)" in message


def test_whole_numbers_are_not_cut(records, schema):
    records["tenure"] = [0, 1.5, 2, 3]
    assert "column 'tenure' has 1 row that is no whole number: 1.5" in refusal(records, schema)


def test_an_unknown_category_names_the_nearest(records, schema):
    records.loc[[1, 3], "plan"] = "two years"
    message = refusal(records, schema)
    assert "column 'plan' has 2 rows with an unknown value" in message
    assert "is it 'Two year'?" in message
    assert "'two years' (first in row 2)" in message


def test_a_value_out_of_range(records, schema):
    records.loc[2, "tenure"] = 100
    records.loc[0, "charges"] = -1
    message = refusal(records, schema)
    assert "column 'tenure' has 1 row outside 0 to 99 months: 100 (first in row 3)" in message
    assert "column 'charges' has 1 row outside greater_than_or_equal_to(0): -1.0" in message


def test_duplicate_ids(records, schema):
    records["customer_id"] = ["a", "b", "a", "d"]
    message = refusal(records, schema)
    assert "column 'customer_id' has 2 rows that share a value: 'a' (first in row 1)" in message


def test_missing_values_where_none_may_be(records, schema):
    records["tenure"] = [0, np.nan, 2, np.nan]
    records["plan"] = ["One year", None, " ", "Two year"]
    message = refusal(records, schema)
    assert "column 'tenure' has 2 rows without a value (first in row 2)" in message
    assert "column 'plan' has 2 rows without a value (first in row 2)" in message


def test_many_broken_columns_are_counted_not_listed():
    schema = pa.DataFrameSchema({name: pa.Column(int, pa.Check.ge(0)) for name in "abcde"})
    message = refusal(pd.DataFrame({name: [-1] for name in "abcde"}), schema)
    assert "and 2 more like these" in message


@pytest.mark.parametrize(
    ("column", "values", "expected", "converted"),
    [
        ("tenure", ["0", " 1", "2.0", "99"], [0, 1, 2, 99], 4),
        ("tenure", [0.0, 1.0, 2.0, 99.0], [0, 1, 2, 99], 0),
        ("tenure", [False, True, True, True], [0, 1, 1, 1], 0),
        ("tenure", pd.array([0, 1, 2, 99], dtype="Int8"), [0, 1, 2, 99], 0),
        ("charges", ["0", "1.5", "2.5", " "], [0.0, 1.5, 2.5, None], 4),
        ("charges", pd.array([0, 1, 2, None], dtype="Int64"), [0.0, 1.0, 2.0, None], 0),
        ("charges", [0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0], 0),
        ("plan", ["One year ", "One year", " One year", "One year"], ["One year"] * 4, 2),
        ("plan", pd.Categorical(["One year"] * 4), ["One year"] * 4, 0),
        ("customer_id", [7, 8, 9, 10], ["7", "8", "9", "10"], 0),
        ("customer_id", [7.0, 8.0, 9.0, 10.0], ["7", "8", "9", "10"], 0),
    ],
)
def test_harmless_differences_are_put_right(records, schema, column, values, expected, converted):
    records[column] = values
    checked = contracts.check(records, schema)
    found = checked.records[column].astype(object)
    assert found.where(found.notna(), None).tolist() == expected
    assert checked.converted == ({column: converted} if converted else {})


def test_columns_can_be_left_out_of_the_contract(records, schema):
    some = schema.remove_columns(["customer_id", "plan"])
    checked = contracts.check(records.drop(columns=["customer_id"]), some)
    assert list(checked.records) == ["tenure", "charges"]
    assert checked.dropped == ("plan",)


WRITTEN = {
    "thousands": ({"thousands": ","}, ["1,234.5", "7", "-12,345,678", None]),
    "europe": ({"thousands": ".", "decimal": ","}, ["1.234,5", "7", "-12.345.678", None]),
    "unit": ({"thousands": ",", "unit": "$"}, ["$1,234.5", "$ 7", "$-12345678", None]),
    "sign before the unit": ({"unit": "$"}, ["$1234.5", "$ 7", "-$ 12345678", None]),
    "accounting": (
        {"thousands": ",", "unit": "$", "negative": "()"},
        ["$1,234.5", "7", "($12,345,678)", None],
    ),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_numbers_are_read_as_the_contract_says_they_are_written(written):
    metadata, values = WRITTEN[written]
    schema = pa.DataFrameSchema({"price": pa.Column(float, nullable=True, metadata=metadata)})
    checked = contracts.check(pd.DataFrame({"price": values}), schema)
    assert checked.records["price"].tolist()[:3] == [1234.5, 7.0, -12345678.0]
    assert checked.converted == {"price": 3}


def test_infinite_numbers_are_missing_where_the_contract_says_so():
    rule = pa.Check.in_range(0, 10)
    written = {"missing": ["-inf", "inf", "?"]}
    schema = pa.DataFrameSchema({"n": pa.Column(float, rule, nullable=True, metadata=written)})
    for values, converted in (([1.0, np.inf, -np.inf], 2), (["1", "Infinity", "-inf"], 3)):
        checked = contracts.check(pd.DataFrame({"n": values}), schema)
        assert checked.records["n"].isna().tolist() == [False, True, True]
        assert checked.converted["n"] == converted


def test_separators_in_wrong_places_are_no_number():
    schema = pa.DataFrameSchema({"price": pa.Column(float, metadata={"thousands": ","})})
    message = refusal(pd.DataFrame({"price": ["1,2,3", "1,234", "12,34"]}), schema)
    assert "column 'price' has 2 rows that are no number: '1,2,3', '12,34'" in message


def test_dates_are_read_in_each_format_of_the_contract():
    formats = {"formats": ["%d.%m.%Y", "%b %d, %Y"]}
    schema = pa.DataFrameSchema({"day": pa.Column("datetime64[ns]", metadata=formats)})
    checked = contracts.check(pd.DataFrame({"day": ["31.12.2020", "Jan 5, 2021"]}), schema)
    assert checked.records["day"].tolist() == [
        pd.Timestamp("2020-12-31"),
        pd.Timestamp("2021-01-05"),
    ]
    assert checked.converted == {"day": 2}
    message = refusal(pd.DataFrame({"day": ["31.12.2020", "2020-12-31", "never"]}), schema)
    assert "column 'day' has 2 rows that are no date: '2020-12-31', 'never'" in message


@pytest.mark.parametrize(
    "values",
    [
        ["2020-12-31", "2021-01-05 06:30:00"],
        ["2020-12-31T00:00:00Z", "2021-01-05T07:30:00+01:00"],
        [pd.Timestamp("2020-12-31"), pd.Timestamp("2021-01-05 06:30")],
        [pd.Timestamp("2020-12-31", tz="UTC"), pd.Timestamp("2021-01-05 06:30", tz="UTC")],
    ],
)
def test_dates_are_iso_where_the_contract_says_nothing(values):
    schema = pa.DataFrameSchema({"day": pa.Column("datetime64[ns]")})
    checked = contracts.check(pd.DataFrame({"day": values}), schema)
    assert checked.records["day"].tolist() == [
        pd.Timestamp("2020-12-31"),
        pd.Timestamp("2021-01-05 06:30"),
    ]


def test_missing_dates_are_told_where_none_may_be():
    schema = pa.DataFrameSchema({"day": pa.Column("datetime64[ns]")})
    message = refusal(pd.DataFrame({"day": ["2020-12-31", None]}), schema)
    assert "column 'day' has 1 row without a value (first in row 2)" in message


def test_yes_and_no_become_truth():
    schema = pa.DataFrameSchema({"paid": pa.Column(bool)})
    checked = contracts.check(pd.DataFrame({"paid": ["Yes", "no", "TRUE", "0"]}), schema)
    assert checked.records["paid"].tolist() == [True, False, True, False]
    message = refusal(pd.DataFrame({"paid": ["yes", "perhaps"]}), schema)
    assert "1 row that is neither yes nor no: 'perhaps'" in message


def test_yes_and_no_with_gaps_are_pandas_own_booleans():
    schema = pa.DataFrameSchema({"paid": pa.Column("boolean", nullable=True)})
    for values in (["Yes", None, "F"], ["Yes", "y", "F"], [True, True, False], [1.0, None, 0.0]):
        found = contracts.check(pd.DataFrame({"paid": values}), schema).records["paid"]
        assert found.dtype == "boolean"
        assert found.fillna(True).tolist() == [True, True, False]
    strict = pa.DataFrameSchema({"paid": pa.Column(bool)})
    message = refusal(pd.DataFrame({"paid": ["yes", None]}), strict)
    assert "column 'paid' has 1 row without a value" in message


def test_pictures_pass_as_the_bytes_they_are():
    schema = pa.DataFrameSchema({"picture": pa.Column(object)})
    pictures = pd.DataFrame({"picture": [b"\x89PNG", b" \xff "]})
    assert contracts.check(pictures, schema).records["picture"].tolist() == [b"\x89PNG", b" \xff "]


def test_a_pattern_of_names_is_refused_not_ignored():
    schema = pa.DataFrameSchema({"pixel_.*": pa.Column(int, regex=True)})
    with pytest.raises(UserError, match=r"pattern 'pixel_\.\*'.*by its full name"):
        contracts.check(pd.DataFrame({"pixel_1": [1]}), schema)
