import pandas as pd

from caselab.sources import online_retail
from tests.extracts import reading


def test_lines_of_invoices():
    records = reading.read("online_retail")
    assert list(records) == list(online_retail.COLUMNS.values())
    assert records["quantity"].dtype == "int64"
    assert records["price"].dtype == "float64"
    assert records["time"].dtype == "datetime64[ns]"
    assert records["time"].min() < pd.Timestamp("2010-01-01")
    assert records["time"].max() > pd.Timestamp("2011-11-01")
    assert records["customer_id"].dropna().str.fullmatch(r"\d{5}").all()
    assert records["customer_id"].isna().sum() == 120


def test_codes_stay_text_and_cancellations_are_there():
    records = reading.read("online_retail")
    cancelled = records["invoice"].str.startswith("C")
    assert cancelled.any()
    assert (records.loc[cancelled, "quantity"] < 0).all()
    assert records["stock_code"].str.fullmatch(r"\d{5}").any()
    assert records["stock_code"].str.fullmatch(r"\d{5}[A-Z]").any()


def test_the_publishers_workbook_gives_the_same(tmp_path):
    """Two sheets, where codes of digits alone and customers are numbers."""
    records = reading.read("online_retail").head(300)
    published = records.rename(columns={ours: its for its, ours in online_retail.COLUMNS.items()})
    for name in ("Invoice", "StockCode", "Customer ID"):
        numbers = pd.to_numeric(published[name], errors="coerce")
        published[name] = numbers.astype(object).where(numbers.notna(), published[name])
    with pd.ExcelWriter(tmp_path / "online_retail_II.xlsx") as book:
        published.head(100).to_excel(book, sheet_name="Year 2009-2010", index=False)
        published.tail(200).to_excel(book, sheet_name="Year 2010-2011", index=False)
    again = online_retail.read_published(tmp_path / "online_retail_II.xlsx")
    pd.testing.assert_frame_equal(again, records)
