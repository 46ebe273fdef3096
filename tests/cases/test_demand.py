import pandas as pd
import pytest

from caselab.cases.demand import case, contract
from caselab.data import contracts
from caselab.errors import UserError
from tests.extracts import reading


@pytest.fixture(scope="module")
def raw():
    return reading.read("elecdemand")


def test_a_row_is_a_midnight_with_four_weeks_before_it(raw):
    rows = case.aggregate(contracts.check(raw, contract()).records)
    assert (rows["time"] == rows["time"].dt.normalize()).all()
    assert rows["time"].iloc[0] == pd.Timestamp("2014-01-29")
    assert set(rows["past"].str.len()) == {4 * 7 * 48}
    assert set(rows["ahead"].str.len()) == {48}


def test_the_temperature_of_the_day_that_is_asked_for_is_not_known(raw):
    rows = case.aggregate(raw)
    assert set(rows["observed temperature"].str.len()) == {4 * 7 * 48}
    assert set(rows["known workday"].str.len()) == {4 * 7 * 48 + 48}


@pytest.mark.parametrize(("column", "value"), [("demand", -1), ("workday", 2), ("temperature", 90)])
def test_the_contract_refuses(raw, column, value):
    spoilt = raw.copy()
    spoilt.loc[3, column] = value
    with pytest.raises(UserError, match=f"column '{column}'"):
        contracts.check(spoilt, contract())
