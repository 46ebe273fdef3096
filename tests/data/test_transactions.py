import numpy as np
import pandas as pd
import pytest

from caselab.data import contracts, transactions
from caselab.errors import UserError


def lines(*rows):
    names = ["invoice", "stock_code", "quantity", "time", "price", "customer_id"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(time=pd.to_datetime(table["time"]))


@pytest.fixture
def shop():
    return lines(
        ("1", "85048", 10, "2010-01-01 10:00", 2.0, "a"),
        ("1", "79323P", 1, "2010-01-01 10:00", 5.0, "a"),
        ("2", "85048", 1, "2010-03-02 12:00", 2.0, "a"),
        ("C3", "85048", -5, "2010-03-05 09:00", 2.0, "a"),
        ("4", "21523", 3, "2010-02-01 08:00", 1.5, "b"),
        ("5", "POST", 1, "2010-02-01 08:00", 18.0, "b"),
        ("6", "21523", 3, "2010-02-02 08:00", 0.0, "b"),
        ("7", "21523", 3, "2010-02-02 08:00", 1.0, None),
        ("C8", "21523", -3, "2010-02-03 08:00", 1.0, "only returns"),
    )


def cleaned(table):
    return transactions.clean(contracts.check(table, transactions.contract()).records)


def test_every_line_that_goes_is_counted_under_its_reason(shop):
    kept, counts = cleaned(shop)
    assert len(kept) == 6
    assert list(counts.values()) == [1, 1, 1, 0, 2]
    assert kept["amount"].tolist() == [20, 5, 2, -10, 4.5, -3]


def test_lines_become_customers(shop):
    kept, _ = cleaned(shop)
    found = transactions.customers(kept, pd.Timestamp("2010-03-11 12:00")).set_index("customer_id")
    assert list(found.index) == ["a", "b"]  # nobody who bought nothing
    a = found.loc["a"]
    assert (a.recency, a.frequency, a.breadth) == (9.0, 2, 2)
    assert a.monetary == 27 - 10
    assert a.tenure == pytest.approx(69 + 2 / 24)
    assert (a.returns, a.basket, a.articles_per_order) == (0.5, 13.5, 1.5)
    assert found.loc["b", "returns"] == 0


def test_what_happens_from_as_of_on_changes_nothing(shop):
    kept, _ = cleaned(shop)
    cut = pd.Timestamp("2010-02-15")
    before = kept[kept["time"] < cut]
    pd.testing.assert_frame_equal(
        transactions.customers(kept, cut), transactions.customers(before, cut)
    )


def test_batches_give_the_numbers_of_the_whole(shop):
    whole, _ = cleaned(shop)
    parts = [cleaned(shop.iloc[:4])[0], cleaned(shop.iloc[4:])[0]]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_a_file_of_text_is_read_as_the_table(shop, tmp_path):
    shop.to_csv(tmp_path / "lines.csv", index=False)
    text = pd.read_csv(tmp_path / "lines.csv", dtype=str)
    pd.testing.assert_frame_equal(cleaned(text)[0], cleaned(shop)[0])


def test_customers_agree_with_plain_pandas():
    random = np.random.default_rng(0)
    table = lines(
        *(
            (str(invoice), str(10000 + code), int(quantity), time, 1.5, f"c{invoice % 40}")
            for invoice, code, quantity, time in zip(
                random.integers(200, size=2000),
                random.integers(50, size=2000),
                random.integers(1, 9, size=2000),
                pd.Timestamp("2010-01-01") + pd.to_timedelta(random.integers(9000, size=2000), "h"),
                strict=True,
            )
        )
    )
    kept, _ = cleaned(table)
    as_of = transactions.end(kept)
    found = transactions.customers(kept, as_of).set_index("customer_id").sort_index()
    groups = table.assign(amount=table["quantity"] * table["price"]).groupby("customer_id")
    assert found["frequency"].tolist() == groups["invoice"].nunique().tolist()
    assert found["breadth"].tolist() == groups["stock_code"].nunique().tolist()
    np.testing.assert_allclose(found["monetary"], groups["amount"].sum())
    days = (as_of - groups["time"].max()) / pd.Timedelta(days=1)
    np.testing.assert_allclose(found["recency"], days)


def test_dates_out_of_range_are_refused(shop):
    shop.loc[2, "time"] = pd.Timestamp("1899-12-31")
    with pytest.raises(UserError, match=r"'time' has 1 row outside 1970.* \(first in row 3\)"):
        cleaned(shop)


def test_lines_that_are_all_cancelled_are_refused(shop):
    kept, _ = cleaned(shop[shop["quantity"] < 0])
    with pytest.raises(UserError, match=r"No line before .* is a purchase; add lines that are not"):
        transactions.customers(kept, transactions.end(kept))


def test_no_lines_and_no_customers_are_refused(shop):
    with pytest.raises(UserError, match="No line is left"):
        transactions.end(cleaned(shop.head(0))[0])
    with pytest.raises(UserError, match="no column 'customer_id'; add who bought"):
        transactions.clean(shop.drop(columns="customer_id"))
