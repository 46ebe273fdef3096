"""Addresses of PostgreSQL, what is said of them, and what keeps one from being used."""

import pytest

from caselab.project import postgresql
from caselab.project.postgresql import UnreachableError


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:secret@host:5432/shop", "postgresql://host:5432/shop"),
        ("postgres+asyncpg://me@host/shop?password=secret", "postgres://host/shop"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql:///shop"),
        ("postgresql://me:sec/ret@host/shop", "postgresql://host/shop"),
        ("postgresql://me:sec?ret@host/shop", "postgresql://…"),
        ("postgresql://host/shop?password=sec@ret", "postgresql://…"),
        ("postgresql://me:secret@[::1/shop", "postgresql://[::1/shop"),
    ],
)
def test_nothing_shown_tells_a_secret(address, shown):
    assert postgresql.is_one(address)
    assert postgresql.shown(address) == shown
    said = postgresql.without_secrets(f"cannot open {address}, of {address[13:]}", address)
    assert "ret" not in said


def test_sqlalchemy_is_given_the_driver_that_there_is():
    assert postgresql.with_driver("postgres://h/d") == "postgresql+psycopg://h/d"
    for others in ("postgresql+asyncpg://h/d", "sqlite:///d.db", "http://h"):
        assert postgresql.with_driver(others) == others
    assert not postgresql.is_one("https://postgresql.example")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("postgresql://me:secret@127.0.0.1:1/shop", "Connection refused"),
        ("postgresql://me:sec ret@127.0.0.1:1/shop", "unexpected spaces"),
        ("postgresql://me:secret@127.0.0.1:port/shop", "port"),
        ("postgresql://127.0.0.1:1/shop?pass=secret", "invalid URI query parameter"),
    ],
)
def test_who_does_not_answer_is_told_in_a_sentence(address, why):
    told = postgresql.unreachable(address, "SHOP")
    assert why in told
    assert "start it, or mend SHOP." in told
    assert "secret" not in told.replace("sec ret", "secret")
    assert "\n" not in told


def test_a_server_tells_what_it_refuses_and_a_statement_of_ours_is_our_fault(postgresql_server):
    address = postgresql_server.create("shop")
    assert postgresql.unreachable(address, "SHOP") is None
    for other, why in (
        (postgresql_server.address("shop", "secret"), "password authentication failed"),
        (postgresql_server.address("none"), 'database "none" does not exist'),
    ):
        told = postgresql.unreachable(other, "SHOP")
        assert why in told
        assert "secret" not in told
    with (
        pytest.raises(Exception, match="syntax error") as raised,
        postgresql.connected(address, "SHOP") as to,
    ):
        to.execute("selec 1")
    assert not isinstance(raised.value, UnreachableError)


def test_what_was_done_before_the_connection_is_lost_is_not_there(postgresql_server):
    address = postgresql_server.create("half")

    def lose_it():
        with postgresql.connected(address, "SHOP") as to:
            to.execute("create table half(a int)")
            postgresql_server.stop()
            to.execute("insert into half values (1)")

    with pytest.raises(UnreachableError):
        lose_it()
    postgresql_server.start()
    with postgresql.connected(address, "SHOP") as to:
        assert to.execute("select to_regclass('half')").fetchone() == (None,)
