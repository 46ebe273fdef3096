import numpy as np
import pandas as pd
import pytest

from caselab import sources
from caselab.cases import churn
from caselab.data import contracts
from caselab.errors import UserError


@pytest.fixture(scope="module")
def telco():
    return sources.records(sources.load("src/caselab/sources/telco.py"))


def test_the_built_in_table_keeps_the_contract(telco):
    checked = contracts.check(telco, churn.contract())
    assert set(checked.records) == set(telco)
    assert checked.dropped == ()
    assert checked.converted == {}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("tenure", -1),
        ("monthly_charges", -0.01),
        ("total_charges", np.inf),
        ("internet_service", "Cable"),
        ("streaming_tv", "no internet"),
        ("female", 2),
        ("churn", "Maybe"),
        ("payment_method", None),
    ],
)
def test_the_contract_refuses(telco, column, value):
    records = telco.head(5).copy()
    records[column] = records[column].astype(object)
    records.loc[3, column] = value
    with pytest.raises(UserError, match=f"column '{column}' has 1 row .*row 4"):
        contracts.check(records, churn.contract())


def test_only_a_customer_who_was_never_billed_gets_zero():
    records = pd.DataFrame({"tenure": [0, 0, 5], "total_charges": [np.nan, 12.0, np.nan]})
    cleaned, repairs = churn.clean(records)
    assert cleaned["total_charges"].tolist()[:2] == [0.0, 12.0]
    assert np.isnan(cleaned["total_charges"][2])
    assert list(repairs.values()) == [1]
    assert records["total_charges"].isna().sum() == 2  # what was given stays as it was
