"""The log of requests: what is written is read again, whenever its writer is killed."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.project import places, postgresql
from caselab.project.postgresql import UnreachableError
from caselab.serving import request_parts, requests
from caselab.serving.request_tables import VARIABLE
from caselab.serving.requests import Answered, RequestLog

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["files", "PostgreSQL"])
def place(request, monkeypatch):
    """Where the log is kept."""
    if request.param == "PostgreSQL":
        server = request.getfixturevalue("postgresql_server")
        monkeypatch.setenv(VARIABLE, server.create(f"log_{uuid.uuid4().hex}"))
        requests.ready()
    return request.param


def answered(name="a", time=NOON, version=1, records=None, answers=None):
    records = pd.DataFrame({"time": [1.5], "version": ["x"]}) if records is None else records
    if answers is None:
        answers = pd.DataFrame({"time": np.arange(len(records)) / 2, "notes": ""})
    return Answered(name, time, version, 3.25, records, answers)


def test_a_row_a_record_with_names_that_never_collide(place):
    two = pd.DataFrame({"time": [1.5, 2.5], "version": ["x", None]})
    requests.write("churn", answered("a", records=two))
    found = requests.read("churn")
    assert found.columns.tolist() == [
        "request_id", "row", "time", "version", "latency", "trial", "shadow",
        "record.time", "record.version", "answer.time", "answer.notes",
    ]  # fmt: skip
    assert found["row"].tolist() == [1, 2]
    assert found["time"].tolist() == [pd.Timestamp(NOON)] * 2
    assert found["latency"].tolist() == [3.25, 3.25]
    pd.testing.assert_frame_equal(requests.records(found), two)
    assert requests.answers(found)["time"].tolist() == [0.0, 0.5]


def test_what_is_asked_for_is_read(place):
    log = RequestLog("churn")
    for day in range(3):
        time = NOON + timedelta(days=day)
        log.write([answered(f"{day}-{version}", time, version) for version in (1, 2)])
    requests.write("prices", answered("other"))
    read = requests.read
    assert len(read("churn")) == 6
    assert read("churn", since="2026-03-02")["request_id"].tolist() == ["1-1", "1-2", "2-1", "2-2"]
    assert read("churn", since=NOON, until=NOON + timedelta(days=1), version=2)[
        "request_id"
    ].tolist() == ["0-2"]
    assert read("churn", until=NOON).empty
    assert read("churn", until=NOON).columns[:5].tolist() == ["request_id", "row", "time", "version", "latency"]  # fmt: skip
    assert read("nothing").empty


def test_a_hidden_column_is_never_written_nor_spoken_of(place):
    names = ["Ann", "Bob the builder", "Cy"]
    records = pd.DataFrame({"name": names, "tenure": [1, 2, 3]})
    notes = ["no answer: name 'Ann' is unknown", "what was cut begins with 'builder'", ""]
    answers = pd.DataFrame({"name": names, "Yes": [0.1, 0.2, 0.3], "notes": notes})
    RequestLog("churn", ["name"]).write([answered(records=records, answers=answers)])
    if place == "files":
        part = next(places.requests("churn").rglob("*.parquet"))
        assert b"Ann" not in part.read_bytes()
        assert b"builder" not in part.read_bytes()
    found = requests.read("churn")
    assert "record.name" not in found
    assert "answer.name" not in found
    assert found["answer.notes"].tolist() == [
        "no answer: not kept, as columns are hidden", "not kept, as columns are hidden", "",
    ]  # fmt: skip


def test_columns_that_differ_from_request_to_request_are_text_and_others_keep_their_values(place):
    many = 2**60 + 1
    frames = [
        pd.DataFrame({"n": [1], "id": [many], "w": ["a"], "flag": [True], "gap": [None]}),
        pd.DataFrame({"n": ["two"], "id": [2], "flag": [False], "gap": [2.5]}),
        pd.DataFrame({"n": [3.0], "id": [3], "w": [None], "deep": [[1, 2]]}),
    ]
    RequestLog("churn").write([answered(str(i), records=each) for i, each in enumerate(frames)])
    found = requests.records(requests.read("churn"))
    assert found["n"].tolist() == ["1", "two", "3"]
    assert found["id"].tolist() == [many, 2, 3]
    assert found["w"].tolist() == ["a", None, None]
    assert found["flag"].tolist()[:2] == [True, False]
    assert found["gap"].fillna(0).tolist() == [0, 2.5, 0]
    assert [*found["deep"].iloc[2]] == [1, 2]


def test_bytes_and_what_parquet_cannot_hold_are_kept(place):
    odd = pd.DataFrame({"picture": [b"\x89PNG"], "mixed": [{"a": 1}]})
    more = pd.DataFrame({"picture": [b"\x00"], "mixed": [[1, "b"]]})
    RequestLog("churn").write([answered("1", records=odd), answered("2", records=more)])
    found = requests.records(requests.read("churn"))
    assert found["picture"].tolist() == [b"\x89PNG", b"\x00"]
    assert found["mixed"].tolist() == ["{'a': 1}", "[1, 'b']"]


@pytest.mark.parametrize("odd", ["\ud800", {}, [{}], [{"a": {}}], ["\ud800"]])
def test_values_that_parquet_has_no_type_for_are_written_as_text(odd):
    records = pd.DataFrame({"x": [odd, None]})
    RequestLog("churn").write([answered("a", records=records)])
    found = requests.records(requests.read("churn"))["x"].tolist()
    assert found == ["\\ud800" if odd == "\ud800" else str(odd), None]


def test_parts_that_cannot_be_joined_are_read_and_written_once(monkeypatch):
    monkeypatch.setattr(request_parts, "TOGETHER", 2)

    def join(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(request_parts, "_join", join)
    log = RequestLog("churn")
    for number in "ab":
        log.write([answered(number)])
    assert requests.read("churn")["request_id"].tolist() == ["a", "b"]


def test_answers_of_several_records_stand_at_each_of_them(place):
    records = pd.DataFrame({"customer": [7, 8, 7], "amount": [1.0, 2.0, 3.0]})
    answers = pd.DataFrame({"customer": ["8", "7"], "cluster": [0, 1]})
    requests.write("segments", answered(records=records, answers=answers))
    found = requests.read("segments")
    assert found["record.customer"].tolist() == [7, 8, 7]
    assert found["answer.cluster"].tolist() == [1, 0, 1]


def test_as_many_answers_as_records_stand_at_their_own_too(place):
    records = pd.DataFrame({"customer_id": ["B", "A"], "quantity": [1, 2]})
    answers = pd.DataFrame({"customer_id": ["A", "B"], "cluster": [0, 1]})
    requests.write("segments", answered(records=records, answers=answers))
    found = requests.read("segments")
    assert found["record.customer_id"].tolist() == ["B", "A"]
    assert found["answer.customer_id"].tolist() == ["B", "A"]
    assert found["answer.cluster"].tolist() == [1, 0]


@pytest.mark.parametrize("stage", ["whole", "joined part written", "half of the others removed"])
def test_many_parts_become_one_and_a_kill_meanwhile_doubles_nothing(monkeypatch, stage):
    monkeypatch.setattr(request_parts, "TOGETHER", 4)
    removed = []

    def unlink(path, **options):
        if places.requests("churn") in path.parents:
            if "joined" in stage or ("half" in stage and len(removed) > 1):
                raise KeyboardInterrupt
            removed.append(path)
        original(path, **options)

    original = type(places.requests("x")).unlink
    monkeypatch.setattr(type(places.requests("x")), "unlink", unlink)
    log, numbers = RequestLog("churn"), [str(n) for n in range(16)]
    for number in numbers:
        try:
            log.write([answered(number)])
        except KeyboardInterrupt:  # as far as the files are concerned
            continue
    assert sorted(requests.read("churn")["request_id"], key=int) == numbers
    if stage == "whole":
        assert len([*places.requests("churn").rglob("*.parquet")]) == 1


def test_two_writers_of_a_day_do_not_touch_each_others_parts(monkeypatch):
    monkeypatch.setattr(request_parts, "TOGETHER", 2)
    one, other = RequestLog("churn"), RequestLog("churn")
    for number in range(3):
        one.write([answered(f"one-{number}")])
        other.write([answered(f"other-{number}")])
    found = requests.read("churn")["request_id"]
    assert sorted(found) == [f"{who}-{n}" for who in ("one", "other") for n in range(3)]


def test_a_file_that_is_not_whole_yet_is_none_of_the_log():
    requests.write("churn", answered())
    part = next(places.requests("churn").rglob("*.parquet"))
    part.with_name(".part-x.parquet").write_bytes(b"PAR1")
    assert len(requests.read("churn")) == 1


def test_a_database_gives_what_files_give(place, monkeypatch):
    """Numbers to the last bit, texts with any sign, times, gaps; more of each than a type holds."""
    odd = pd.DataFrame(
        {
            "f": [0.1 + 0.2, 1e300, -0.0, np.nan, np.inf, 1e5],
            "text": [
                "\x00",
                "\ud800".encode("utf-8", "replace").decode(),
                "ß'\"%s",
                "",
                None,
                "3.0",
            ],
            "flag": [True, False, None, True, None, False],
            "when": pd.to_datetime(["2026-03-01"] * 6),
            "cells": [[1.5, None], [], [2.5], None, [], [1.0]],
        }
    )
    answers = pd.DataFrame({"p": np.float32([0.1] * 6), "n": [2**53 + 1] * 6, "decision": "No"})
    requests.write("churn", answered(records=odd, answers=answers))
    found = requests.read("churn")
    asked, said = requests.records(found), requests.answers(found)
    np.testing.assert_array_equal(asked["f"].to_numpy(float), odd["f"])
    assert np.signbit(asked["f"].iloc[2])
    assert [*asked["text"]] == [*odd["text"]]
    assert asked["flag"].tolist()[:2] == [True, False]
    assert asked["flag"].isna().tolist() == [False, False, True, False, True, False]
    assert asked["when"].tolist() == odd["when"].tolist()
    assert [*asked["cells"].iloc[2]] == [2.5]
    assert said["p"].tolist() == answers["p"].tolist()
    assert said["n"].tolist() == answers["n"].tolist()
    assert found["version"].dtype == "int64"


def test_what_a_database_is_told_twice_stands_there_once(place):
    if place == "files":
        pytest.skip("files are written once")
    for _ in "ab":
        RequestLog("churn").write([answered("a"), answered("b")])
    requests.write("churn", answered("a", version=2))  # the same asked of another version
    assert requests.read("churn")["request_id"].tolist() == ["a", "a", "b"]


def test_times_are_utc_wherever_the_database_is(place):
    if place == "PostgreSQL":
        with postgresql.connected(requests.database(), VARIABLE) as to:
            to.execute(f"ALTER DATABASE {to.info.dbname} SET timezone = 'Europe/Berlin'")
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
    RequestLog("churn").write([answered("winter"), answered("summer", summer)])
    assert requests.read("churn")["time"].tolist() == [pd.Timestamp(NOON), pd.Timestamp(summer)]


def test_an_unwritable_place_of_the_log_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setenv(VARIABLE, "mysql://me:secret@host/log")
    for act in (requests.ready, lambda: requests.read("churn")):
        with pytest.raises(UserError, match="no address of a PostgreSQL") as raised:
            act()
        assert "secret" not in str(raised.value)
    monkeypatch.setenv(VARIABLE, "postgresql://me:secret@127.0.0.1:1/log")
    for act in (requests.ready, lambda: requests.read("churn")):
        with pytest.raises(UnreachableError, match="mend CASELAB_REQUESTS") as raised:
            act()
        assert "secret" not in str(raised.value)


def test_a_log_that_nobody_wrote_is_empty(place):
    assert requests.read("churn").columns[:5].tolist() == ["request_id", "row", "time", "version", "latency"]  # fmt: skip
