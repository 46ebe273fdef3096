import typing

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from caselab import features
from caselab.errors import UserError
from caselab.features import table


@pytest.fixture
def records():
    return pd.DataFrame(
        {
            "months": [1, 24, 0, 60],
            "charges": [20.0, 50.0, 30.0, 100.0],
            "total": [20.0, np.nan, 0.0, 6000.0],
            "partner": [True, False, True, False],
            "contract": ["month", "year", None, "year"],
            "lines": pd.array([1, None, 3, 1], dtype="Int64"),
        }
    )


def transformed(records, **words):
    transformer = table.transformer(**words)
    return pd.DataFrame(
        transformer.fit_transform(records), columns=transformer.get_feature_names_out()
    )


def test_the_folder_lists_the_modalities():
    assert "table" in features.names()
    assert features.load("table") is table


def test_an_unknown_modality_names_the_nearest():
    with pytest.raises(UserError, match=r"no view 'tabel'; the nearest: table"):
        features.load("tabel")


@pytest.mark.parametrize(
    ("word", "entries"),
    [("impute", table._IMPUTERS), ("scale", table._SCALERS), ("encode", table._ENCODERS)],
)
def test_each_word_of_params_is_one_entry(records, word, entries):
    annotation = typing.get_type_hints(table.transformer)[word]
    assert typing.get_args(annotation) == tuple(entries)
    for entry in entries:
        found = transformed(records, **{word: entry})
        assert np.isfinite(found.to_numpy()).all()
        assert set(found.dtypes) == {np.dtype("float64")}


def test_without_ratios_a_view_leaves_the_records_as_they_are(records):
    assert_frame_equal(table.view(records), records)


def test_ratios_divide_amounts_and_are_missing_where_the_divisor_is_zero(records):
    found = table.view(records, ratios=True)
    assert list(found.columns) == [*records.columns, "charges/total", "total/charges"]
    np.testing.assert_array_equal(found["charges/total"], [1.0, np.nan, np.nan, 1 / 60])
    np.testing.assert_array_equal(found["total/charges"], [1.0, np.nan, 0.0, 60.0])
    assert_frame_equal(found[records.columns], records)


def test_a_view_shows_a_row_the_same_alone_and_among_others(records):
    together = table.view(records, ratios=True)
    alone = [table.view(records.iloc[[row]], ratios=True) for row in range(len(records))]
    assert_frame_equal(pd.concat(alone), together)


def test_dates_are_refused_with_the_column_named(records):
    dated = records.assign(since=pd.Timestamp("2024-01-01"))
    with pytest.raises(UserError, match="'since' holds dates"):
        table.view(dated)


@pytest.mark.parametrize(
    ("word", "stand_in"), [("mean", 2020.0), ("median", 20.0), ("mode", 0.0), ("constant", -1.0)]
)
def test_a_missing_number_is_imputed_as_the_word_says(records, word, stand_in):
    amounts = records[["total"]].assign(total=[20.0, np.nan, 0.0, 6040.0])
    found = transformed(amounts, impute=word, fill_value=-1.0, scale="none")
    assert found["total"].tolist() == [20.0, stand_in, 0.0, 6040.0]


def test_infinite_numbers_count_as_missing(records):
    found = transformed(records[["charges"]].replace(50.0, np.inf), scale="none")
    assert found["charges"].tolist() == [20.0, 30.0, 30.0, 100.0]


def test_an_indicator_says_what_was_missing(records):
    found = transformed(records, indicator=True, scale="none")
    assert found["missingindicator_total"].tolist() == [0, 1, 0, 0]
    assert "missingindicator_charges" not in found


def test_a_column_without_any_number_stays_so_that_folds_agree(records):
    found = transformed(records.assign(empty=np.nan))
    assert (found["empty"] == 0).all()


@pytest.mark.parametrize(
    ("word", "centre", "spread"),
    [
        ("standard", np.mean, np.std),
        ("robust", np.median, lambda x: np.subtract(*np.quantile(x, [0.75, 0.25]))),
    ],
)
def test_scaled_numbers_have_centre_0_and_spread_1(records, word, centre, spread):
    found = transformed(records[["charges"]], scale=word)["charges"]
    assert centre(found) == pytest.approx(0)
    assert spread(found) == pytest.approx(1)


def test_min_max_fills_the_unit_interval(records):
    found = transformed(records[["charges"]], scale="min_max")["charges"]
    assert found.tolist() == pytest.approx([0, 0.375, 0.125, 1])


def test_booleans_and_nullable_numbers_are_numbers(records):
    found = transformed(records, scale="none")
    assert found["partner"].tolist() == [1, 0, 1, 0]
    assert found["lines"].tolist() == [1, 1, 3, 1]


def test_categories_are_columns_named_by_value_and_missing_is_one(records):
    found = transformed(records)
    assert found["contract_month"].tolist() == [1, 0, 0, 0]
    assert found["contract_year"].tolist() == [0, 1, 0, 1]
    assert found["contract_nan"].tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize("encode", typing.get_args(typing.Literal["one_hot", "ordinal"]))
def test_a_category_that_training_never_saw_is_taken(records, encode):
    transformer = table.transformer(encode=encode).fit(records)
    stranger = transformer.transform(records.assign(contract="decade"))
    columns = list(transformer.get_feature_names_out())
    if encode == "one_hot":
        contract = [i for i, name in enumerate(columns) if name.startswith("contract_")]
        assert not stranger[:, contract].any()
    else:
        assert (stranger[:, columns.index("contract")] == -1).all()


def test_the_rarest_categories_share_a_column():
    cities = pd.DataFrame({"city": ["a"] * 5 + ["b"] * 4 + ["c", "d"]})
    found = transformed(cities, max_categories=3)
    assert list(found) == ["city_a", "city_b", "city_infrequent_sklearn"]
    assert found["city_infrequent_sklearn"].sum() == 2


@pytest.mark.parametrize(
    "contract", [pd.Categorical(["1", "2", None, "2"]), [1, "2", None, 2], ["1", "2", None, "2"]]
)
def test_equal_categories_of_any_type_are_equal(records, contract):
    found = transformed(records.assign(contract=contract))
    assert found["contract_2"].tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("kept", [["months", "charges"], ["contract"]])
def test_a_table_of_one_kind_of_column_is_enough(records, kept):
    assert np.isfinite(transformed(records[kept]).to_numpy()).all()
