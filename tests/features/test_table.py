import inspect
import typing

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from caselab import features
from caselab.errors import UserError
from caselab.features import table
from tests.features import contract


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


@pytest.fixture
def odd():
    """Return 80 rows that nobody prepared: mixed types, many categories, 40 % missing."""
    random = np.random.default_rng(0)
    n = 80
    odd = pd.DataFrame(
        {
            "a": random.normal(size=n),
            "half empty": np.where(random.random(n) < 0.4, np.nan, random.exponential(size=n)),
            "empty": np.full(n, np.nan),
            "all none": [None] * n,
            "constant": 1,
            "huge": random.choice([1e18, -1e9, np.inf], n),
            "flag": random.choice([True, False], n),
            "maybe": pd.array(random.choice([True, False, None], n), dtype="boolean"),
            "count": pd.array(random.choice([1, 2, None], n), dtype="Int64"),
            "mixed": random.choice(np.array([1, "1", 2.5, None, True], dtype=object), n),
            "city": [f"city {number}" for number in random.integers(0, 70, n)],
            "kind": pd.Categorical(random.choice([3, 4], n)),
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 9999, n), "h"),
            "for": pd.to_timedelta(random.integers(0, 99, n), "D"),
            "note": random.choice(["", " ", "Call me on 0151", None], n),
            "ünïcode, «name»": random.choice(["ä", "ß", "日本"], n),
        }
    )
    odd.loc[::7, "seen"] = pd.NaT
    return odd


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


TOGETHER = [
    {},
    {"impute": "mean", "encode": "ordinal", "scale": "robust", "select": "mutual_information"},
    {"impute": "mode", "outliers": "clip_z_score", "scale": "min_max", "select": "chi2"},
    {"impute": "constant", "fill_value": -1.0, "scale": "none", "select": "variance"},
    {"impute": "iterative", "outliers": "clip_iqr", "encode": "target", "select": "lasso"},
    {"impute": "neighbors", "indicator": True, "outliers": "log", "select": "correlation"},
    {"drop_missing": 0.2, "outliers": "remove_z_score", "encode": "hashing", "select": "anova"},
    {"encode": "frequency", "degree": 2, "select": "recursive"},
    {"encode": "frequency", "degree": 2, "interactions": True, "select": "trees"},
]
"""Each word of params.yaml at least once, with others that it must get on with."""


@pytest.mark.parametrize("target", ["classes", "numbers"])
@pytest.mark.parametrize("words", TOGETHER, ids=lambda words: "-".join(map(str, words.values())))
def test_a_transformer_of_an_odd_table_keeps_its_contract(odd, words, target, tmp_path):
    y = {
        "classes": np.where(odd["a"] > 0, "yes", "no"),
        "numbers": np.linspace(0, 1, len(odd)),
    }
    transformer = table.transformer(**words, target=target)
    contract.check_transformer(transformer, table.view(odd, texts=("note",)), y[target], tmp_path)


def test_each_word_is_tried():
    hints = typing.get_type_hints(table.transformer)
    for word in ("impute", "outliers", "scale", "encode", "select"):
        default = inspect.signature(table.transformer).parameters[word].default
        tried = {words.get(word, default) for words in TOGETHER}
        untried = {"remove_iqr"} if word == "outliers" else set()  # tried below
        assert set(typing.get_args(hints[word])) == tried | untried


@pytest.mark.parametrize(
    ("word", "value"), [("encode", "target"), ("select", "anova"), ("select", "trees")]
)
def test_a_word_that_needs_a_target_is_refused_where_there_is_none(word, value):
    with pytest.raises(UserError, match=f"{word}: {value} needs a target of .* is none"):
        table.transformer(**{word: value}, target="none")


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


def test_ratios_may_be_named(records):
    found = table.view(records, ratios=("charges/months",))
    assert list(found.columns) == [*records.columns, "charges/months"]
    with pytest.raises(UserError, match=r"no ratio 'charge/months'; the nearest: charges/months"):
        table.view(records, ratios=("charge/months",))


def test_dates_are_shown_by_their_parts(records):
    since = pd.to_datetime(["2024-02-29 13:30", None, "1969-12-31 00:00", "2023-01-01 00:00"])
    found = table.view(
        records[["months"]].assign(since=since), dates=("year", "week", "day_of_week", "days")
    )
    assert list(found) == ["months", "since_year", "since_week", "since_day_of_week", "since_days"]
    np.testing.assert_array_equal(found["since_year"], [2024, np.nan, 1969, 2023])
    np.testing.assert_array_equal(found["since_week"], [9, np.nan, 1, 52])
    np.testing.assert_array_equal(found["since_day_of_week"], [3, np.nan, 2, 6])
    assert found["since_days"].tolist()[0] == pytest.approx(19782 + 13.5 / 24)
    assert found["since_days"].tolist()[2] == -1


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_parts_of_dates_are_those_of_their_own_zone(zone):
    at = pd.Series(pd.to_datetime(["2024-06-01 00:30"])).dt.tz_localize(zone).rename("at")
    found = table.view(at.to_frame(), dates=("day", "hour"))
    assert found.to_numpy().tolist() == [[1, 0]]


def test_texts_are_shown_by_counts():
    found = table.view(pd.DataFrame({"note": ["Call 0151-23 NOW!", None, ""]}), texts=("note",))
    assert list(found) == [f"note_{c}" for c in ("letters", "words", "digits", "capitals", "marks")]
    assert found.to_numpy().tolist() == [[7, 3, 6, 4, 2], [0] * 5, [0] * 5]


def test_hidden_columns_are_not_shown(records):
    found = table.view(records, ratios=("charges/total",), hide=("charges", "total"))
    assert "charges" not in found
    assert "charges/total" in found
    with pytest.raises(UserError, match="no column 'charge'; the nearest: charges"):
        table.view(records, hide=("charge",))


def test_columns_without_text_names_are_taken():
    assert transformed(table.view(pd.DataFrame({0: [1.0, 2.0], 1: ["a", "b"]}))).shape == (2, 3)


def test_removing_outliers_takes_them_from_what_is_learned_and_not_from_what_is_asked():
    many = pd.DataFrame({"a": [*range(99), 10_000], "b": ["x", "y"] * 50})
    transformer = table.transformer(outliers="remove_iqr", scale="none")
    assert transformer.fit_transform(many, np.arange(100)).shape == (99, 3)
    assert transformer.transform(many)[:, 0].max() == 10_000


def test_a_rule_that_calls_most_rows_outliers_is_refused():
    many = pd.DataFrame({"a": np.arange(100.0), "b": np.arange(100) % 3})
    transformer = table.transformer(outliers="remove_z_score", outlier_limit=0.5)
    with pytest.raises(UserError, match=r"would remove \d+ of 100 rows, \d+ of them for .* 'a'"):
        transformer.fit_transform(many, np.arange(100))


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


def test_a_target_encoding_repeats_with_its_seed():
    X = pd.DataFrame({"town": list("abcd") * 50})
    y = np.random.default_rng(0).random(200)
    words = {"encode": "target", "target": "numbers"}
    one, same, other = (
        table.transformer(**words, random_state=seed).fit_transform(X, y) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
