import pandas as pd
import pytest

from caselab import cases
from caselab.errors import UserError
from caselab.registry.registered_model import RawRecords


@pytest.mark.parametrize(
    ("params", "where"), [(None, "the records"), ({"where": "new.csv"}, "new.csv")]
)
def test_errors_call_the_records_as_they_are_told_to(params, where):
    model = RawRecords()
    model.case = cases.load("churn")
    model.contract, model.view = model.case.contract(), None
    with pytest.raises(UserError, match=f"^In {where} there is no column"):
        model.predict(None, pd.DataFrame({"tenure": [1]}), params)
