import datetime as dt
import random
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caselab.data import conversions
from caselab.errors import UserError
from caselab.sources.own import tables

EXPECTED = pd.DataFrame(
    {
        "id": [7, 8, 9],
        "city": ["Köln", "Århus, north", "Ulm"],
        "charges": [29.85, 1056.5, 3.0],
        "plan": ["None", "Two year", "Month-to-month"],
    }
)
CSV = """id,city,charges,plan
7,Köln,29.85,None
8,"Århus, north",1056.5,Two year
9,Ulm,3.0,Month-to-month
"""


def write(tmp_path, content, name="customers.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def with_delimiter(delimiter):
    return CSV.replace(",", delimiter).replace(f"Århus{delimiter} north", "Århus, north")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found(tmp_path, delimiter):
    table = tables.read(write(tmp_path, with_delimiter(delimiter)))
    pd.testing.assert_frame_equal(table, EXPECTED)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_any_common_encoding_is_found(tmp_path, encoding):
    pd.testing.assert_frame_equal(tables.read(write(tmp_path, CSV.encode(encoding))), EXPECTED)


def test_an_export_of_excel_in_europe(tmp_path):
    text = "id;charges\r\n7;29,85\r\n8;1056,5\r\n"
    table = tables.read(write(tmp_path, text.encode("utf-8-sig")))
    assert table["charges"].tolist() == [29.85, 1056.5]


def test_a_comma_inside_words_is_no_decimal(tmp_path):
    table = tables.read(write(tmp_path, "id;city;size\n1;Ulm, 2;3.5\n"))
    assert table["size"].tolist() == [3.5]


def test_blank_charges_are_missing_and_the_rest_stays_numbers(tmp_path):
    table = tables.read(write(tmp_path, "id,charges\n1, \n2,NA\n3,4.5\n"))
    assert table["charges"].isna().tolist() == [True, True, False]
    assert table["charges"].dtype == "float64"


def test_codes_keep_their_leading_zeros(tmp_path):
    table = tables.read(write(tmp_path, "id,tenure\n007,0\n015,10\n"))
    assert table["id"].tolist() == ["007", "015"]
    assert table["tenure"].tolist() == [0, 10]


def test_truth_is_spelled_as_in_the_file(tmp_path):
    """Else one more word in the column, or one row less, would spell all of it in another way."""
    assert tables.read(write(tmp_path, "a,b\nTRUE,1\nFALSE,2\n"))["a"].tolist() == ["TRUE", "FALSE"]
    assert tables.read(write(tmp_path, "a,b\nTRUE,1\nmaybe,2\n"))["a"].tolist() == ["TRUE", "maybe"]


def test_words_stay_words_where_they_look_like_numbers(tmp_path):
    table = tables.read(write(tmp_path, "version,n\n1.10,1\n1.20,2\n"), words=("version", "no"))
    assert table["version"].tolist() == ["1.10", "1.20"]
    assert table["n"].tolist() == [1, 2]


def test_spaces_around_column_names_are_ignored(tmp_path):
    assert list(tables.read(write(tmp_path, "id , city\n1,a\n"))) == ["id", "city"]


def test_a_delimiter_and_an_encoding_can_be_told(tmp_path):
    path = write(tmp_path, "id~city\n1~Łódź\n".encode("cp1250"))
    table = tables.read(path, delimiter="~", encoding="cp1250")
    assert table["city"].tolist() == ["Łódź"]


@pytest.mark.parametrize("index", [[0, 1, 2], [5, 6, 9]])
def test_parquet(tmp_path, index):
    EXPECTED.set_index(pd.Index(index)).to_parquet(tmp_path / "customers.parquet")
    pd.testing.assert_frame_equal(tables.read(tmp_path / "customers.parquet"), EXPECTED)


def test_a_named_index_of_parquet_is_a_column(tmp_path):
    EXPECTED.set_index("id").to_parquet(tmp_path / "customers.parquet")
    pd.testing.assert_frame_equal(tables.read(tmp_path / "customers.parquet"), EXPECTED)


def test_what_parquet_holds_becomes_what_tables_hold(tmp_path):
    """MLflow keeps raw rows as an example, in JSON, which knows neither Decimal nor Timedelta."""
    rows = {"price": [Decimal("1.50"), None], "took": [dt.timedelta(minutes=1)] * 2}
    noon = dt.datetime(2020, 1, 2, 11, tzinfo=dt.UTC)
    rows |= {
        "when": pa.array([noon] * 2, pa.timestamp("us", "Europe/Berlin")),
        "day": [dt.date(2020, 1, 2)] * 2,
        "at": [dt.time(9, 30)] * 2,
    }
    pq.write_table(pa.table(rows), tmp_path / "typed.parquet")
    first = tables.read(tmp_path / "typed.parquet").iloc[0].to_dict()
    assert first.pop("when") == pd.Timestamp("2020-01-02 11:00")
    assert first == {"price": 1.5, "took": 60, "day": pd.Timestamp("2020-01-02"), "at": "09:30:00"}


def test_a_date_that_says_never_is_a_word(tmp_path):
    ends = pa.array([dt.datetime(2020, 1, 2), dt.datetime(9999, 12, 31), None], pa.timestamp("us"))
    pq.write_table(pa.table({"end": ends}), tmp_path / "far.parquet")
    read = tables.read(tmp_path / "far.parquet")["end"]
    assert read.isna().tolist() == [False, False, True]
    assert conversions.to_dates(read, missing=["9999-12-31"])[0][0] == pd.Timestamp("2020-01-02")


def test_lists_and_structs_of_parquet_are_words(tmp_path):
    nested = pa.table({"id": [1, 2], "tags": [["a", "b"], None], "size": [{"x": 1}, {"x": 2}]})
    pq.write_table(nested, tmp_path / "nested.parquet")
    table = tables.read(tmp_path / "nested.parquet")
    assert table["tags"].tolist() == ["['a', 'b']", None]
    assert table["size"].tolist() == ["{'x': 1}", "{'x': 2}"]


def test_a_sheet_of_excel_by_number_and_by_name(tmp_path):
    with pd.ExcelWriter(tmp_path / "book.xlsx") as book:
        EXPECTED.drop(columns="plan").to_excel(book, sheet_name="customers", index=False)
        EXPECTED[["id"]].to_excel(book, sheet_name="ids", index=False)
    first = tables.read(tmp_path / "book.xlsx")
    assert first["charges"].tolist() == EXPECTED["charges"].tolist()
    assert list(tables.read(tmp_path / "book.xlsx", sheet="ids")) == ["id"]
    with pytest.raises(UserError, match="customers"):
        tables.read(tmp_path / "book.xlsx", sheet="customer")


RANDOM = random.Random(0).randbytes(4096)
BAD = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n \n", "is empty"),
    "header_only.csv": (b"id,city\n", "2 columns and no rows"),
    "random.csv": (RANDOM, "is not text"),
    "ragged.csv": (b"id,city\n1,a\n2,b,c\n", "no regular table of 2 columns.*line 3"),
    "all_too_long.csv": (b"id,city\n1,a,b\n2,b,c\n", "no regular table of 2 columns"),
    "titled.csv": (b"Sales 2020\n\nid,city\n1,a\n", "first line 'Sales 2020' .*remove what stands"),
    "commented.csv": (b"# Sales\nid,city\n1,a\n", "remove what stands above the columns' names"),
    "of_colons.csv": (b"id:n\n1:2,5\n", "1 column parted by ','.*tell the delimiter"),
    "of_excel.csv": (b"Sales,,\n,,\nid,city,n\n1,a,2\n", r"names 1 of its 3 columns .*\('Sales'\)"),
    "twice.csv": (b"id,city,city\n1,a,b\n", "more than one column named 'city'"),
    "empty.parquet": (b"", r"is empty \(0 bytes\)"),
    "random.parquet": (RANDOM, "is not a Parquet file"),
    "empty.xlsx": (b"", "is empty"),
    "random.xlsx": (RANDOM, "is not an Excel workbook"),
    "table.sav": (b"x", r"must end in .*\.csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_in_one_sentence(tmp_path, name):
    content, message = BAD[name]
    path = write(tmp_path, content, name)
    with pytest.raises(UserError, match=message) as raised:
        tables.read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith(".")


def test_an_unknown_encoding(tmp_path):
    for encoding in ("klingon", "rot13"):
        with pytest.raises(UserError, match=f"no encoding '{encoding}'; write it like utf-8"):
            tables.read(write(tmp_path, CSV), encoding=encoding)


def test_a_title_above_the_columns_of_a_sheet(tmp_path):
    rows = [["Sales", None, None], [None] * 3, ["id", "city", "n"], [1, "Ulm", 3]]
    pd.DataFrame(rows).to_excel(tmp_path / "sales.xlsx", header=False, index=False)
    with pytest.raises(UserError, match=r"remove what stands above"):
        tables.read(tmp_path / "sales.xlsx")


def test_columns_behind_the_last_name_are_no_matter(tmp_path):
    table = tables.read(write(tmp_path, "id,city,,\n1,a,,\n2,b,,\n"))
    assert list(table)[:2] == ["id", "city"]
    assert table.iloc[:, 2:].isna().all(axis=None)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(UserError, match="does not exist; correct the source's origin"):
        tables.read(tmp_path / "customers.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        tables.read(tmp_path / "folder.csv")


def test_names_that_stand_twice_in_parquet(tmp_path):
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    EXPECTED.set_index(pd.Index([3, 4, 5], name="id")).to_parquet(tmp_path / "index.parquet")
    for name in ("twice", "index"):
        with pytest.raises(UserError, match=r"more than one column named '(a|id)'"):
            tables.read(tmp_path / f"{name}.parquet")


def test_names_that_stand_twice_in_excel(tmp_path):
    rows = [["a", "b", "a"], [1, 2, 3]]
    pd.DataFrame(rows).to_excel(tmp_path / "twice.xlsx", header=False, index=False)
    with pytest.raises(UserError, match="more than one column named 'a'"):
        tables.read(tmp_path / "twice.xlsx")
    rows[0] = ["a", "a.1", None]
    pd.DataFrame(rows).to_excel(tmp_path / "once.xlsx", header=False, index=False)
    assert list(tables.read(tmp_path / "once.xlsx"))[:2] == ["a", "a.1"]


def test_a_parquet_file_without_rows(tmp_path):
    EXPECTED.head(0).to_parquet(tmp_path / "none.parquet")
    with pytest.raises(UserError, match="4 columns and no rows"):
        tables.read(tmp_path / "none.parquet")


def test_an_empty_line_of_one_column_is_a_record_without_its_value(tmp_path):
    content = "\nmessage\nfirst\n\n   \nlast\n\n"
    found = tables.read(write(tmp_path, content))["message"]
    assert found.fillna("nothing").tolist() == ["first", "nothing", "nothing", "last"]


def test_a_word_among_decimal_commas_spoils_only_its_own_cell(tmp_path):
    content = "tag;amount;size\na,1;much;1,5\nb,2;104,65;2\nc;-7;3,5\n"
    found = tables.read(write(tmp_path, content))
    assert found["amount"].tolist() == ["much", "104.65", "-7"]
    assert found["size"].tolist() == [1.5, 2.0, 3.5]
    assert found["tag"].tolist() == ["a,1", "b,2", "c"]
