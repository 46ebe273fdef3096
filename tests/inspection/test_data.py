import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.inspection import data


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A current folder with a database in it; its address."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('create table "Order Lines"(a int, b text)')
        connection.execute("""insert into "Order Lines" values (1, 'x')""")
        connection.execute("create table void(a int)")
    monkeypatch.chdir(tmp_path)
    return f"sqlite:///{tmp_path}/shop.db"


@pytest.mark.parametrize("query", ["Order Lines", 'SELECT * FROM "Order Lines"'])
def test_a_query_is_sql_or_the_name_of_a_table(place, query):
    found = data.find("shop", place, query, {})
    assert found.records.to_dict("list") == {"a": [1], "b": ["x"]}
    assert found.query.strip() == 'SELECT * FROM "Order Lines"'
    assert found.block == {"origin": "queries/shop.sql", "database": "sqlite:///shop.db"}


def test_a_tab_may_be_written_as_in_a_shell(place):
    Path("a.csv").write_text("a, b\tc\n1\t2\n")
    found = data.find("a", str(Path("a.csv").absolute()), None, {"delimiter": "\\t"})
    assert found.records.to_dict("list") == {"a, b": [1], "c": [2]}
    assert found.block == {"origin": "a.csv", "delimiter": "\t"}


def test_files_that_are_not_read_are_named(place):
    for file in ("pets/cats/1.txt", "pets/dogs/2.txt", "pets/dogs/3.HEIC"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text("x")
    (note,) = data.find("pets", "pets", None, {}).notes
    assert "1 files in pets are not read (1 of .heic), such as dogs/3.HEIC" in note
    Path("pets/dogs/3.HEIC").unlink()
    assert data.find("pets", "pets", None, {}).notes == ()


def test_the_sheets_that_are_not_read_are_named(place):
    with pd.ExcelWriter("book.xlsx") as book:
        for sheet in ("May", "June"):
            pd.DataFrame({"a": [1, 2], "b": [3, 4]}).to_excel(book, sheet_name=sheet, index=False)
    (note,) = data.find("book", "book.xlsx", None, {}).notes
    assert note == (
        "The sheet 'May' of book.xlsx is read, and not 'June'; name another with --sheet."
    )
    assert data.find("book", "book.xlsx", None, {"sheet": "June"}).notes == ()


REFUSED = {
    "an address of a file": ("https://host/a.csv", None, {}, "no database's; bring it here first"),
    "no ending": ("noext", None, {}, "name does not tell what it holds; give it an ending"),
    "no workbook": ("a.csv", None, {"sheet": "x"}, "--sheet has no meaning for a.csv"),
    "no CSV": ("a.xlsx", None, {"encoding": "latin-1"}, "--encoding has no meaning for a.xlsx"),
    "no file": (None, "void", {"sheet": "x"}, "--sheet has no meaning for a database"),
    "no rows": (None, "void", {}, "1 columns and no rows"),
    "parted by colons": ("colons.csv", None, {}, "one column only, 'a:b'.* with --delimiter"),
    "no SQL": (None, "give me all", {}, "refuses the query"),
    "no table": (None, "orders", {}, "no such table: orders"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_data_is_told_in_one_sentence(place, name):
    where, query, options, message = REFUSED[name]
    for file in ("noext", "a.csv", "a.xlsx"):
        Path(file).write_text("a,b\n1,2\n")
    Path("colons.csv").write_text("a:b\n1:2\n")
    with pytest.raises(UserError, match=message) as raised:
        data.find("shop", where or place, query, options)
    assert "\n" not in str(raised.value)
