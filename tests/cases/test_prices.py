import numpy as np
import pandas as pd
import pytest

from caselab.cases import prices
from caselab.data import contracts
from caselab.errors import UserError
from caselab.params.blocks import CaseBlock
from caselab.stages.prepare import prepare

NUMBERS = {
    "sale_price": 200_000,
    "year_built": 1990,
    "year_remod_add": 1995,
    "mo_sold": 6,
    "year_sold": 2008,
    "misc_val": 0,
    "lot_frontage": 60.0,
    "longitude": -93.6,
    "latitude": 42.0,
    "total_bsmt_sf": 1000,
    "bsmt_unf_sf": 300,
    "bsmt_fin_sf_1": 700,
}


@pytest.fixture
def houses():
    """Return 60 sales as the published table writes them."""
    words = {name: known[-1] for name, known in prices.CATEGORIES.items()}
    words |= dict.fromkeys(prices.NAMES, "Some")
    counts = dict.fromkeys((*prices.AREAS, *prices.COUNTS), 0)
    table = pd.DataFrame({**counts, **words, **NUMBERS}, index=range(60))
    return table.assign(id=range(1, 61), sale_price=np.arange(60) * 1000 + 100_000)


def prepared(records):
    block = CaseBlock(
        source="ames", split={"test": 0.3}, validation={"kind": "kfold", "folds": 2}, evaluation={}
    )
    return prepare([records], prices.case, block)


def test_every_column_of_the_contract_is_one_of_the_tables(houses):
    assert set(prices.contract().columns) == set(houses.columns)
    assert len(houses.columns) == 75
    contracts.check(houses, prices.contract())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sale_price", 0),
        ("sale_price", "a lot"),
        ("lot_area", -1),
        ("mo_sold", 13),
        ("overall_cond", "Superb"),
        ("pool_qc", None),
        ("latitude", 95.0),
        ("neighborhood", None),
    ],
)
def test_the_contract_refuses(houses, column, value):
    houses[column] = houses[column].astype(object)
    houses.loc[3, column] = value
    with pytest.raises(UserError, match=f"column '{column}' has 1 row .*row 4"):
        prepared(houses)


def test_what_the_published_table_has_wrong_is_repaired_and_counted(houses):
    houses.loc[0, "bsmt_fin_sf_1"] = 3  # the code of a finish
    houses.loc[1, "lot_frontage"] = 0
    houses.loc[2, "year_remod_add"] = 1980
    houses.loc[3, "electrical"] = "Unknown"
    repaired, repairs = prices.clean(houses)
    assert list(repairs.values()) == [1, 1, 1, 1]
    assert repaired.loc[0, "bsmt_fin_sf_1"] == 700
    assert np.isnan(repaired.loc[1, "lot_frontage"])
    assert repaired.loc[2, "year_remod_add"] == 1990
    assert repaired.loc[3, "electrical"] is None
    untouched = repaired.drop(columns=["electrical", "lot_frontage"]).iloc[4:]
    pd.testing.assert_frame_equal(untouched, houses[untouched.columns].iloc[4:])
    again, none = prices.clean(repaired)
    assert list(none.values()) == [0] * 4
    pd.testing.assert_frame_equal(again, repaired)


def test_the_repairs_need_no_price(houses):
    prices.clean(houses.drop(columns="sale_price"))


def test_dates_out_of_order_are_refused_in_a_sentence(houses):
    houses.loc[7, "year_built"] = 2011  # sold in 2008
    with pytest.raises(
        UserError, match=r"Row 8 was sold in 2008, more than 2 years before .* 2011"
    ):
        prepared(houses)


def test_one_price_for_all_is_nothing_to_learn_from(houses):
    with pytest.raises(UserError, match=r"'sale_price' has the one value 100000 in all 60 rows"):
        prepared(houses.assign(sale_price=100_000))
