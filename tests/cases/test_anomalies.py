import pytest

from caselab.cases import anomalies
from caselab.data import contracts
from caselab.errors import UserError
from tests.extracts import reading


@pytest.fixture
def raw():
    return reading.read("shuttle")


def test_the_records_keep_the_contract_and_none_is_repaired(raw):
    checked = contracts.check(raw, anomalies.contract()).records
    cleaned, repairs = anomalies.clean(checked)
    assert (len(cleaned), repairs) == (len(raw), {})


@pytest.mark.parametrize(
    ("column", "value"), [("f1", 0.5), ("f9", 10**7), ("anomaly", 2), ("row", 1)]
)
def test_the_contract_refuses(raw, column, value):
    raw[column] = raw[column].astype(object)
    raw.loc[3, column] = value
    with pytest.raises(UserError, match=f"column '{column}'"):
        contracts.check(raw, anomalies.contract())
