"""What clients of the server get: answers, one sentence where something is wrong, OpenAPI, figures."""

import asyncio
import io
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from caselab.errors import UserError
from caselab.serving import requests
from tests.serving.stub import BREAKS, DOUBLE, KILLS, RECORD, SLOW, Registry, application_of, until


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def tenure(number, **more):
    return RECORD | {"tenure": number} | more


def test_one_record_and_many_are_answered_in_order(client):
    one = client.post("/churn/predict", json=tenure(5))
    assert one.status_code == 200
    assert one.json()["answers"] == [
        {"customer_id": "a", "Yes": 0.005, "decision": "No", "notes": ""}
    ]
    assert one.json()["version"] == 1
    assert one.headers["x-model-version"] == "1"
    many = client.post("/predict", json=[tenure(n) for n in (3, 1, 2)])
    assert [each["Yes"] for each in many.json()["answers"]] == [0.003, 0.001, 0.002]


def test_files_are_answered_in_their_own_form(client):
    table = pd.DataFrame([tenure(n) for n in (3, 1)])
    csv = client.post(
        "/churn/predict", content=table.to_csv(index=False), headers={"Content-Type": "text/csv"}
    )
    assert csv.text == "customer_id,Yes,decision,notes\na,0.003,No,\na,0.001,No,\n"
    parquet = client.post(
        "/churn/predict",
        content=table.to_parquet(index=False),
        headers={"Content-Type": "application/vnd.apache.parquet"},
    )
    assert pd.read_parquet(io.BytesIO(parquet.content))["Yes"].tolist() == [0.003, 0.001]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ("{", 400, "The body is no JSON (Expecting property name"),
        ("[" * 100_000, 400, "nested too deep"),
        (b"\xff", 400, "not UTF-8"),
        ('{"tenure": NaN}', 400, "The body has NaN, which is no JSON"),
        ('{"tenure": -Infinity}', 400, "-Infinity"),
        ('{"tenure": 1e999}', 422, "tenure of record 1 is a number that no float holds"),
        ('{"tenure": 123456789012345678901}', 422, "no machine holds"),
        ('{"tenure": %s}' % ("9" * 5000), 400, "too many digits"),
        ('{"tenure": 1, "tenure": 2}', 400, "'tenure' twice"),
        ('{"tenure": [1]}', 422, "tenure of record 1 is [1]; it must be a whole number."),
        ('{"tenure": true}', 422, "tenure of record 1 is true; it must be a whole number."),
        ('[{"tenure": 1}, {"tenure": {"a": 1}}]', 422, "tenure of record 2"),
        ('{"contract": "\\ud800"}', 422, "lone surrogate"),
        ('{"tenur": 1}', 422, "'tenur' is no column of this case; is it 'tenure'?"),
        ("[]", 422, "The body has no record"),
        ("3", 422, "no list of records"),
        ("[1]", 422, "no list of records"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_body_is_told_in_one_sentence(client, body, status, told):
    kind = {"Content-Type": "application/json"}
    reply = client.post("/churn/predict", content=body, headers=kind)
    assert reply.status_code == status
    assert told in reply.json()["error"]
    assert "\n" not in reply.json()["error"]


def test_a_body_of_no_known_kind_is_refused(client):
    assert client.post("/churn/predict", content="a=1").status_code == 415
    form = client.post("/churn/predict", data={"a": 1})
    assert "x-www-form-urlencoded; send application/json" in form.json()["error"]


def test_files_that_are_none_are_refused(client):
    for kind, body in (("text/csv", b"\x00\x01"), ("application/vnd.apache.parquet", b"PAR1")):
        reply = client.post("/churn/predict", content=body, headers={"Content-Type": kind})
        assert reply.status_code == 400
        assert "The body" in reply.json()["error"]
        assert "/tmp" not in reply.json()["error"]


def test_a_body_over_the_limit_is_not_read(registry):
    app, _ = application_of(registry, max_body=1000, max_records=3)
    with TestClient(app) as client:
        until(lambda: client.get("/ready").status_code == 200)
        kind = {"Content-Type": "application/json"}
        told = client.post("/churn/predict", content=b" " * 1001, headers=kind)
        assert told.status_code == 413
        assert "larger than 1,000 bytes" in told.json()["error"]

        claimed = client.post(
            "/churn/predict", content=b"{}", headers=kind | {"Content-Length": str(2**30)}
        )
        assert claimed.status_code == 413
        many = client.post("/churn/predict", json=[{"tenure": 1}] * 4)
        assert many.status_code == 413
        assert "4 records; 3 are the most" in many.json()["error"]


def test_a_body_that_does_not_say_how_long_it_is_is_read_no_further_than_the_limit(registry):
    app, _ = application_of(registry, max_body=1000)
    got, replies = [], []

    async def receive():  # without end
        got.append(b" " * 100)
        return {"type": "http.request", "body": got[-1], "more_body": True}

    async def send(message):
        replies.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/churn/predict", "raw_path": b"/churn/predict",
        "query_string": b"", "headers": [(b"content-type", b"application/json")], "app": app,
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert replies[0]["status"] == 413
    assert len(got) <= 11


def test_a_small_parquet_file_of_very_many_rows_is_refused_before_it_is_read(registry):
    app, _ = application_of(registry, max_records=1000)
    table = pd.DataFrame({"tenure": [1] * 100_000})
    with TestClient(app) as client:
        reply = client.post(
            "/churn/predict",
            content=table.to_parquet(),
            headers={"Content-Type": "application/vnd.apache.parquet"},
        )
    assert reply.status_code == 413
    assert "100,000 records" in reply.json()["error"]


def test_one_clients_bad_record_fails_nobody_else(client, registry):
    replies = together(
        client,
        registry,
        [tenure(1), tenure(DOUBLE), tenure(BREAKS), tenure(2), tenure(-3), tenure(4)],
    )
    assert [reply.status_code for reply in replies] == [200, 200, 500, 200, 422, 200]
    assert [replies[n].json()["answers"][0]["Yes"] for n in (0, 3, 5)] == [0.001, 0.002, 0.004]
    assert replies[2].json()["error"] == (
        "Version 1 of churn broke down on these records (ZeroDivisionError: division by zero)."
    )
    assert replies[4].json()["error"] == "Record 1 has no answer: tenure is odd."


def test_the_target_is_not_looked_at_whatever_it_is(client, registry):
    deep = []
    for _ in range(500):
        deep = [deep]
    for target in ("No", deep, {}, [{}], "\ud800"):
        body = json.dumps(tenure(5, churn=target)).encode()
        kind = {"Content-Type": "application/json"}
        reply = client.post("/churn/predict", content=body, headers=kind)
        assert reply.json()["answers"][0]["Yes"] == 0.005
    until(lambda: len(requests.read("churn")) == 5)
    assert "record.churn" not in requests.read("churn")


def test_what_nobody_foresaw_is_told_to_its_request_alone_and_the_case_goes_on(
    client, registry, capsys
):
    worker = registry.started[-1]
    answer = worker.ask

    def ask(records, how, several=()):
        if 665 in [*records["tenure"]]:
            raise RecursionError("maximum recursion depth exceeded")
        return answer(records, how, several)

    worker.ask = ask
    replies = together(client, registry, [tenure(1), tenure(665), tenure(2)])
    assert [reply.status_code for reply in replies] == [200, 500, 200]
    assert "(RecursionError: maximum recursion" in replies[1].json()["error"]
    assert "in ask" in capsys.readouterr().err
    worker.ask = lambda *_: 7  # no table
    assert client.post("/predict", json=tenure(1)).status_code == 500
    worker.ask = answer
    assert client.post("/predict", json=tenure(1)).status_code == 200


def test_a_small_body_costs_little_whatever_its_names_are(client):
    scattered = [{f"a{n}": 1} for n in range(6000)]
    twice = "{" + ", ".join(f'"{n}": 1' for n in [*range(6000), 5999]) + "}"
    start = time.monotonic()
    told = client.post("/predict", json=scattered).json()["error"]
    assert "'a0', 'a1', 'a2', … are no columns" in told
    kind = {"Content-Type": "application/json"}
    told = client.post("/predict", content=twice, headers=kind).json()["error"]
    assert "'5999' twice" in told
    assert time.monotonic() - start < 1


def together(client, registry, bodies, **query):
    """Ask all while the version is busy, so that they wait together."""
    worker = registry.started[-1]
    worker.free.clear()
    with ThreadPoolExecutor(len(bodies) + 1) as threads:
        first = threads.submit(client.post, "/predict", json=tenure(0), params=query)
        until(worker.busy.is_set)
        asked = []
        for number, body in enumerate(bodies, 1):
            asked.append(threads.submit(client.post, "/predict", json=body, params=query))
            until(lambda number=number: _waiting(client) == number)
        worker.free.set()
        first.result()
        return [each.result() for each in asked]


def _waiting(client):
    lines = client.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith("caselab_waiting")).split()[1])


def test_requests_that_wait_are_asked_at_once_where_that_changes_no_answer(client, registry):
    bodies = [tenure(1), [tenure(2), tenure(3)], tenure("4"), tenure(5)]
    replies = together(client, registry, bodies)
    assert [[a["Yes"] for a in r.json()["answers"]] for r in replies] == [
        [0.001], [0.002, 0.003], [0.004], [0.005],
    ]  # fmt: skip
    # A text among numbers would have all read as texts.
    assert registry.started[-1].asked[1:] == [[1, 2, 3, 5], ["4"]]


def test_requests_are_asked_one_by_one_where_company_changes_answers():
    registry = Registry(gathers="not at all")
    app, _ = application_of(registry)
    with TestClient(app) as client:
        until(lambda: client.get("/ready").status_code == 200)
        together(client, registry, [tenure(1), tenure(2)])
    assert registry.started[-1].asked == [[0], [1], [2]]


def test_a_request_that_may_not_wait_is_told_to_come_again(registry):
    app, _ = application_of(registry, waiting=2)
    with TestClient(app) as client:
        until(lambda: client.get("/ready").status_code == 200)
        worker = registry.started[-1]
        worker.free.clear()
        with ThreadPoolExecutor(4) as threads:
            asked = [threads.submit(client.post, "/predict", json=tenure(1))]
            until(worker.busy.is_set)
            asked += [threads.submit(client.post, "/predict", json=tenure(1)) for _ in range(2)]
            until(lambda: _waiting(client) == 2)
            told = client.post("/predict", json=tenure(1))
            worker.free.set()
            assert [each.result().status_code for each in asked] == [200] * 3
        assert told.status_code == 503
        assert told.headers["retry-after"] == "1"


def test_strict_and_options_are_told_to_the_version(client):
    refused = client.post("/predict?strict=true", json=tenure(DOUBLE))
    assert refused.status_code == 422
    assert "stands twice" in refused.json()["error"]
    assert client.post("/predict?strict=perhaps", json=tenure(1)).status_code == 422
    assert "name=value" in client.post("/predict?set=beam", json=tenure(1)).json()["error"]


def test_a_version_that_dies_is_started_again_and_only_who_was_asked_then_is_told(client, registry):
    replies = together(client, registry, [tenure(KILLS), tenure("3"), tenure("4")])
    assert [reply.status_code for reply in replies] == [503, 200, 200]
    assert "ended while it was asked, and is started again; ask again" in replies[0].json()["error"]
    assert len(registry.started) == 2
    assert registry.started[1].asked == [["3", "4"]]


def test_a_version_that_dies_while_nobody_asks_is_started_again(client, registry):
    registry.started[0].is_alive = False
    until(lambda: len(registry.started) == 2)
    until(lambda: client.get("/ready").status_code == 200)
    assert (
        'caselab_worker_starts_total{case="churn",role="champion"} 2.0'
        in client.get("/metrics").text
    )


def test_a_version_that_takes_too_long_is_killed_and_started_again(registry):
    app, _ = application_of(registry, time_limit=0.2)
    with TestClient(app) as client:
        until(lambda: client.get("/ready").status_code == 200)
        assert client.post("/predict", json=tenure(SLOW)).status_code == 503
        assert client.post("/predict", json=tenure(1)).status_code == 200
    assert len(registry.started) == 2


def test_a_new_champion_takes_over_and_the_old_one_answers_what_it_was_asked(client, registry):
    old = registry.started[0]
    old.free.clear()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.post, "/predict", json=tenure(1))
        until(old.busy.is_set)
        registry.version = 2
        until(lambda: client.get("/ready").json()["cases"]["churn"]["version"] == 2)
        assert not old.closed
        old.free.set()
        assert asked.result().json()["version"] == 1
    assert client.post("/predict", json=tenure(1)).json()["version"] == 2
    until(lambda: old.closed)


def test_a_broken_version_never_answers_and_is_told(registry, capsys):
    registry.broken = {1: UserError("Version 1 of churn is not what was registered.")}
    app, _ = application_of(registry)
    with TestClient(app) as client:
        until(lambda: "registered" in client.get("/ready").json()["cases"]["churn"]["problem"])
        assert client.get("/ready").status_code == 503
        assert client.get("/health").status_code == 200
        told = client.post("/predict", json=tenure(1))
        assert told.status_code == 503
        assert "Version 1 of churn is not what was registered." in told.json()["error"]
        registry.version = 2
        until(lambda: client.get("/ready").status_code == 200)
        assert client.post("/predict", json=tenure(1)).json()["version"] == 2
    assert "not what was registered" in capsys.readouterr().err


def test_a_registry_that_was_away_for_hours_is_found_again(registry):
    app, served = application_of(registry, poll=0.001)
    look, looks = registry.look, []

    def away(case):
        looks.append(case)
        raise UserError("The registry is away.")

    registry.look = away
    served._look = lambda case: registry.look(case)
    with TestClient(app) as client:
        served.champion._failures = 1020
        until(lambda: len(looks) > 10)
        registry.look = look
        served.champion._next_try = 0.0
        until(lambda: client.get("/ready").status_code == 200)


def test_a_console_that_is_gone_stops_no_case(registry, monkeypatch):
    app, _ = application_of(registry)
    registry.broken = {1: UserError("Version 1 of churn is not what was registered.")}
    console = io.StringIO()
    console.close()
    monkeypatch.setattr(sys, "stderr", console)
    with TestClient(app) as client:
        until(lambda: "registered" in client.get("/ready").json()["cases"]["churn"]["problem"])
        registry.version = 2
        until(lambda: client.get("/ready").status_code == 200)


def test_a_broken_new_champion_leaves_the_old_one_answering(client, registry):
    registry.broken = {2: UserError("Version 2 of churn cannot answer.")}
    registry.version = 2
    until(lambda: client.get("/ready").json()["cases"]["churn"]["problem"])
    assert client.get("/ready").status_code == 200
    assert client.post("/predict", json=tenure(1)).json()["version"] == 1


def test_an_alias_that_is_taken_away_leaves_who_answers(client, registry):
    registry.version = None
    time.sleep(0.1)
    assert client.post("/predict", json=tenure(1)).status_code == 200


def test_what_is_asked_and_answered_is_written_down_once(registry):
    app, _ = application_of(registry, hide=["monthly_charges"])
    with TestClient(app) as client:
        until(lambda: client.get("/ready").status_code == 200)
        replies = [client.post("/predict", json=[tenure(n), tenure(n + 1)]).json() for n in (1, 3)]
        client.post("/predict", json=tenure(BREAKS))
    found = requests.read("churn")
    assert found["record.tenure"].tolist() == [1, 2, 3, 4]
    assert found["answer.Yes"].tolist() == [0.001, 0.002, 0.003, 0.004]
    assert found["request_id"].tolist() == [r["request_id"] for r in replies for _ in range(2)]
    assert found["row"].tolist() == [1, 2, 1, 2]
    assert (found["latency"] > 0).all()
    assert "record.monthly_charges" not in found


def test_figures_count_what_happened(client):
    client.post("/predict", json=[tenure(1), tenure(2)])
    client.post("/predict", json={"nothing": 1})
    text = client.get("/metrics").text
    for line in (
        'caselab_requests_total{case="churn",status="200",version="1"} 1.0',
        'caselab_requests_total{case="churn",status="422",version=""} 1.0',
        'caselab_records_total{case="churn"} 2.0',
        'caselab_batch_records_count{case="churn",role="champion"} 1.0',
        'caselab_request_seconds_count{case="churn"} 1.0',
        'caselab_version{case="churn",role="champion"} 1.0',
        'caselab_version{case="churn",role="challenger"} 0.0',
    ):
        assert line in text, line


def test_openapi_has_the_contract(client):
    described = client.get("/openapi.json").json()
    body = described["paths"]["/churn/predict"]["post"]["requestBody"]["content"]
    record, several = body["application/json"]["schema"]["oneOf"]
    assert several["items"] == record
    assert record["properties"]["tenure"] == {
        "type": "integer", "minimum": 0, "maximum": 1200,
        "description": "0 to 1,200 months; months",
    }  # fmt: skip
    assert record["properties"]["contract"]["enum"] == ["Month-to-month", "One year", "Two year"]
    assert "customer_id" not in record["required"]
    assert "churn" not in record["properties"]
    assert record["example"] == RECORD
    assert {"text/csv", "application/vnd.apache.parquet"} < body.keys()


def test_without_the_token_nothing_is_told_but_that_the_server_lives(registry):
    token = "0123456789abcdef"
    app, _ = application_of(registry, token)
    with TestClient(app) as client:
        until(lambda: client.get("/ready").status_code == 200)
        for given in ({}, {"Authorization": "Bearer no"}, {"Authorization": f"Basic {token}"}):
            for path in ("/predict", "/churn/predict", "/churn/explain"):
                assert client.post(path, json=tenure(1), headers=given).status_code == 401
            for path in ("/metrics", "/openapi.json"):
                assert client.get(path, headers=given).status_code == 401
        given = {"Authorization": f"Bearer {token}"}
        assert client.post("/predict", json=tenure(1), headers=given).status_code == 200
        page = client.get("/churn").text
        assert 'id="token"' in page


def test_the_page_asks_what_the_contract_says_and_no_other_server(client):
    page = client.get("/churn").text
    assert '<option value="&#34;One year&#34;" selected>One year</option>' in page
    assert 'value="20.5"' in page
    assert 'name="churn"' not in page
    assert "http://" not in page
    assert "https://" not in page
    ids = [part.split('"')[0] for part in page.split('<label for="')[1:]]
    assert len(ids) == len(set(ids)) > 18
    assert all(f'id="{each}"' in page for each in ids)
    assert "Which customers" in client.get("/").text


def test_the_server_ends_after_it_has_answered(registry):
    app, _ = application_of(registry)
    with TestClient(app) as client:
        until(lambda: client.get("/ready").status_code == 200)
    assert registry.started[0].closed


def test_unknown_paths_are_told_as_json(client):
    reply = client.get("/prices/predict")
    assert reply.status_code == 404
    assert json.loads(reply.text)["error"]
