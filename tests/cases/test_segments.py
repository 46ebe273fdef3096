import numpy as np
import pandas as pd
import pytest

from caselab.cases import segments, segments_value
from caselab.data import contracts, transactions
from caselab.errors import UserError

DAY = pd.Timedelta(days=1)


@pytest.fixture
def raw():
    """Three customers over 200 days: one every tenth day, one once, one who only begins late."""
    start = pd.Timestamp("2010-01-01 12:00")
    rows = [(f"a{i}", "10001", 2, start + 10 * i * DAY, 5.0, "often") for i in range(21)]
    rows += [("b", "10002", 1, start + 3 * DAY, 30.0, "once")]
    rows += [("c", "10003", 1, start + 150 * DAY, 7.0, "late")]
    names = ["invoice", "stock_code", "quantity", "time", "price", "customer_id"]
    return pd.DataFrame(rows, columns=names)


def cleaned(records):
    return transactions.clean(contracts.check(records, transactions.contract()).records)[0]


def test_a_part_of_the_lines_is_asked_as_of_the_same_day(raw):
    whole = segments.aggregate(cleaned(segments.ask(raw))).set_index("customer_id")
    alone = segments.ask(raw)
    alone = segments.aggregate(cleaned(alone[alone["customer_id"] == "once"]))
    assert alone["recency"].tolist() == [whole.loc["once", "recency"]]
    pd.testing.assert_frame_equal(
        whole.reset_index(), segments.aggregate(cleaned(raw)), check_dtype=False
    )


def test_a_customer_with_one_purchase_has_a_row_without_gaps(raw):
    rows = segments_value.aggregate(cleaned(raw)).set_index("customer_id")
    assert not rows.isna().any(axis=None)
    assert rows.loc["once", ["frequency", "days_bought", "value_per_day"]].tolist() == [1, 1, 30]


def test_the_target_is_what_is_spent_in_the_90_days_from_the_cut_on(raw):
    rows = segments_value.aggregate(cleaned(raw)).set_index("customer_id")
    assert list(rows.index) == [
        "often",
        "once",
    ]  # who begins after the cut is asked about by nobody
    cut = transactions.end(raw) - 90 * DAY
    later = raw[(raw["time"] >= cut) & (raw["customer_id"] == "often")]
    assert rows.loc["often", "spend"] == (later["quantity"] * later["price"]).sum()
    assert rows.loc["once", "spend"] == 0
    before = raw[(raw["time"] < cut) & (raw["time"] >= cut - 90 * DAY)]
    assert rows.loc["often", "spend_90"] == (before["quantity"] * before["price"]).sum()


def test_lines_after_the_cut_change_no_feature(raw):
    rows = segments_value.aggregate(cleaned(raw))
    cut = transactions.end(raw) - 90 * DAY
    changed = raw.copy()
    after = changed["time"] >= cut
    changed.loc[after, ["quantity", "price"]] = [999, 99.0]
    changed.loc[after & (changed.index % 2 == 0), "customer_id"] = "once"
    other = segments_value.aggregate(cleaned(changed))
    assert (other["spend"] != rows["spend"]).all()
    pd.testing.assert_frame_equal(other.drop(columns="spend"), rows.drop(columns="spend"))


def test_a_question_gives_the_features_of_training(raw):
    asked = segments_value.aggregate(cleaned(segments_value.ask(raw)))
    trained = segments_value.aggregate(cleaned(raw)).drop(columns="spend")
    pd.testing.assert_frame_equal(asked, trained)
    now = segments_value.aggregate(cleaned(raw.assign(as_of=pd.NaT)))
    assert "spend" not in now
    assert now["customer_id"].tolist() == ["often", "once", "late"]


def test_a_question_before_anybody_bought_is_refused(raw):
    with pytest.raises(UserError, match="No line before 2009-01-01 is a purchase"):
        segments_value.aggregate(cleaned(raw.assign(as_of=pd.Timestamp("2009-01-01"))))


@pytest.mark.parametrize(
    ("column", "value"), [("quantity", 1.5), ("price", np.inf), ("time", "soon"), ("invoice", None)]
)
def test_the_contract_refuses(raw, column, value):
    raw[column] = raw[column].astype(object)
    raw.loc[3, column] = value
    with pytest.raises(UserError, match=f"column '{column}' has 1 row .*row 4"):
        cleaned(raw)
