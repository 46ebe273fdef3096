import datetime
import sqlite3
import uuid
from decimal import Decimal

import pandas as pd
import pytest

from caselab import sources
from caselab.errors import UserError
from caselab.sources.own import databases
from caselab.sources.own.plain import plain


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with a database and a query, which is the current one."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('create table orders("order id" int, city text, share text, note)')
        rows = [(1, "Ulm", "5 %", 1), (2, "Köln", "7 %", "x"), (3, None, "9 %", None)]
        connection.executemany("insert into orders values (?, ?, ?, ?)", rows)
        connection.execute("create table void(a int)")
    (tmp_path / "orders.sql").write_text("select * from orders where share like '%7 %' or 1 = 1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(statement):
    return databases.query(databases.address("sqlite:///shop.db"), statement, "it")


def test_a_query_is_a_source(shop):
    source = sources.load("orders.sql", database="sqlite:///shop.db")
    records = sources.records(source)
    assert records["order id"].tolist() == [1, 2, 3]
    assert records["city"].tolist() == ["Ulm", "Köln", None]
    assert records["note"].tolist() == ["1", "x", None]  # a column has one type


def test_rows_without_a_name_get_one(shop):
    source = sources.load("orders.sql", database="sqlite:///shop.db", row_id="row")
    assert list(sources.records(source))[:2] == ["row", "order id"]


def test_the_address_may_stand_in_a_variable(shop, monkeypatch):
    monkeypatch.setenv("SHOP", "sqlite:///shop.db")
    assert len(databases.read(shop / "orders.sql", database="env:SHOP")) == 3
    monkeypatch.delenv("SHOP")
    with pytest.raises(UserError, match=r"variable SHOP.*is not set; say `export SHOP="):
        databases.read(shop / "orders.sql", database="env:SHOP")


@pytest.mark.parametrize(
    "database", ["postgresql://me:secret@host/shop", "postgresql://host/shop?password=secret"]
)
def test_a_password_in_params_is_refused_and_not_repeated(shop, database):
    with pytest.raises(UserError, match="names a password") as raised:
        databases.read(shop / "orders.sql", database=database)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "place",
    ["postgresql://me:secret@127.0.0.1:1/shop", "postgresql://127.0.0.1:1/shop?password=secret"],
)
def test_no_message_tells_a_password(shop, place):
    url = databases.address(place)
    with pytest.raises(UserError, match=r"127\.0\.0\.1:1/shop refuses") as raised:
        databases.query(url, "select 1", "it")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("", "is empty"),
        ("selec 1", "refuses the query it .*syntax error"),
        ("select * from nowhere", "no such table"),
        ("select * from void", "gives 1 columns and no rows"),
        ("select 1 as a, 2 as a", "more than one column named 'a'"),
        ("delete from orders", "readonly"),
    ],
)
def test_a_query_that_cannot_be_asked_is_told_in_a_sentence(shop, statement, message):
    with pytest.raises(UserError, match=message) as raised:
        asked(statement)
    assert "\n" not in str(raised.value)
    assert len(asked("select * from orders")) == 3


def test_a_database_that_is_not_there_is_not_made(shop):
    with pytest.raises(UserError, match="There is no database"):
        databases.query(databases.address("sqlite:///other.db"), "select 1", "it")
    assert not (shop / "other.db").exists()


@pytest.mark.parametrize(
    ("database", "message"),
    [("shop", "no database's"), ("x://y", "driver"), ("x://a:b@h:port/d", "no database's")],
)
def test_what_is_no_address(shop, database, message):
    with pytest.raises(UserError, match=message):
        databases.query(databases.address(database), "select 1", "it")


def test_tables_are_listed_and_quoted(shop):
    url = databases.address("sqlite:///shop.db")
    assert databases.table_names(url) == ["orders", "void"]
    assert databases.quoted(url, "Order Lines") == '"Order Lines"'


def test_what_drivers_give_becomes_what_tables_hold():
    assert plain(pd.Series([Decimal("1.5"), None, 2], dtype=object)).tolist()[:1] == [1.5]
    days = plain(pd.Series([datetime.date(2020, 1, 2), None], dtype=object))
    assert days[0] == pd.Timestamp("2020-01-02")
    far = [datetime.date(2020, 1, 2), datetime.date(9999, 12, 31), None]
    assert plain(pd.Series(far, dtype=object)).tolist() == ["2020-01-02", "9999-12-31", None]
    assert plain(pd.Series([uuid.UUID(int=0)], dtype=object))[0] == str(uuid.UUID(int=0))
    assert plain(pd.Series([datetime.timedelta(hours=1), None])).tolist()[:1] == [3600]
    assert plain(pd.Series([memoryview(b"x")], dtype=object))[0] == b"x"
