"""Requests on their way into the log, also while the database is away."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from caselab.serving import log, requests
from caselab.serving.log import Log
from caselab.serving.measures import Measures
from caselab.serving.request_tables import VARIABLE
from caselab.serving.requests import Answered


def answered(name):
    records = pd.DataFrame({"tenure": [1]})
    return Answered(name, datetime.now(UTC), 1, 1.0, records, pd.DataFrame({"Yes": [0.5]}))


@pytest.fixture
def away(postgresql_server, monkeypatch):
    """A log whose database is stopped."""
    monkeypatch.setenv(VARIABLE, postgresql_server.create(f"log_{uuid.uuid4().hex}"))
    requests.ready()
    postgresql_server.stop()
    yield postgresql_server
    postgresql_server.start()


def test_requests_wait_for_their_database_and_are_written_once(away, monkeypatch, capsys):
    monkeypatch.setattr(log, "SECONDS", 0.05)
    measures = Measures()
    of_churn = Log("churn", (), measures)

    async def outage():
        working = asyncio.create_task(of_churn.work())
        for name in "abc":
            of_churn.add(answered(name))
            await asyncio.sleep(0.2)
        await asyncio.to_thread(away.start)
        working.cancel()
        await of_churn.flush()

    asyncio.run(outage())
    assert requests.read("churn")["request_id"].tolist() == [*"abc"]
    assert capsys.readouterr().err.count("Connection refused") == 1
    assert measures.unlogged.labels("churn")._value.get() == 0
    assert not of_churn._problem


def test_no_more_wait_than_memory_has_room_for_and_none_at_the_end(away, monkeypatch):
    monkeypatch.setattr(log, "KEPT", 2)
    measures = Measures()
    of_churn = Log("churn", (), measures)
    for name in "abc":
        of_churn.add(answered(name))
    asyncio.run(of_churn._write())
    assert [each.request_id for each in of_churn._waiting] == ["b", "c"]
    asyncio.run(of_churn.flush())
    assert measures.unlogged.labels("churn")._value.get() == 3


def test_a_request_that_cannot_be_written_costs_the_others_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    measures = Measures()
    of_churn = Log("churn", (), measures)
    for name in "abcde":
        of_churn.add(answered(name))
    bad = pd.DataFrame({"\ud800": [1]})  # a column that no file can name
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    of_churn.add(replace(answered("bad"), records=bad, time=tomorrow))
    of_churn.add(replace(answered("f"), time=tomorrow))
    asyncio.run(of_churn.flush())
    assert requests.read("churn")["request_id"].tolist() == [*"abcdef"]
    assert measures.unlogged.labels("churn")._value.get() == 1
    assert capsys.readouterr().err.count("1 requests are not logged") == 1
