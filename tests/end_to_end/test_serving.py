"""A server of a real champion: the bytes of `caselab predict`, whoever is killed or promoted meanwhile."""

import io
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pandas as pd
import psutil
import pytest

from tests.end_to_end.conftest import CHURN, clone

BASELINE = {"churn-baseline": {**CHURN, "architecture": "baseline"}}
SECONDS = 90.0


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A project in which churn has had two champions; the first one reigns again."""
    made = clone(
        tmp_path_factory.mktemp("serving") / "house",
        pipelines=BASELINE | {"churn-logistic": {**CHURN, "architecture": "logistic"}},
        serving={"poll": 0.2, "hide": ["total_charges"]},
        gate={"rule": "not_worse", "greatest_loss": 0.5},
    )
    made.run("caselab", "run", "churn")
    changed = made.params
    changed["pipelines"]["churn-logistic"]["model"] = {"C": 0.01}
    made.write_params(changed)
    made.commit()
    made.run("caselab", "run", "churn")
    made.run("caselab", "rollback", "churn")
    return made


@pytest.fixture(scope="module")
def server(house):
    """The server's process and where it is found."""
    with (house.root / "served.txt").open("w") as printed:
        process = subprocess.Popen(
            ["caselab", "serve", "churn", "--port", "0"],
            cwd=house.root,
            env=house.environment(),
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            assert process.poll() is None, (house.root / "served.txt").read_text()
            assert time.monotonic() < deadline
            words = (house.root / "served.txt").read_text().split()
            if words and status(url := words[-1].removesuffix("/churn"), "/ready") == 200:
                break
            time.sleep(0.2)
        yield process, url
    finally:
        process.kill()
        process.wait()


def status(url, path):
    try:
        return urllib.request.urlopen(url + path, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def post(url, body, kind="application/json", path="/churn/predict"):
    asked = urllib.request.Request(url + path, body, {"Content-Type": kind})
    with urllib.request.urlopen(asked, timeout=60) as reply:
        return reply.read()


def predicted(house, version, records):
    """Return what `caselab predict` says, whoever is champion now."""
    folder = house.root / f"version-{version}"
    folder.mkdir(exist_ok=True)
    records.to_csv(folder / "asked.csv", index=False)
    records.to_parquet(folder / "asked.parquet", index=False)
    house.run("caselab", "predict", "churn", str(folder / "asked.csv"), "-o", f"{folder}/csv.csv")
    house.run(
        "caselab", "predict", "churn", f"{folder}/asked.parquet", "-o", f"{folder}/parquet.parquet"
    )
    return folder


@pytest.fixture(scope="module")
def records(house):
    table = pd.read_csv(house.root / "customers.csv").drop(columns="churn").head(40)
    table.loc[3, "contract"] = "Never"
    return table


def test_answers_are_those_of_predict_byte_for_byte(house, server, records):
    _, url = server
    folder = predicted(house, 1, records)
    for kind, media in (("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")):
        asked = (folder / f"asked.{kind}").read_bytes()
        assert post(url, asked, media) == (folder / f"{kind}.{kind}").read_bytes(), kind
    said = json.loads(post(url, as_json(records)))
    wanted = pd.read_parquet(folder / "parquet.parquet")
    assert said["version"] == 1
    pd.testing.assert_frame_equal(pd.DataFrame(said["answers"]), wanted, check_exact=True)
    assert wanted["notes"].str.contains("'Never' is unknown").sum() == 1


def test_no_answer_is_wrong_or_lost_while_champions_change_and_workers_die(house, server, records):
    """Single records from four clients; what is in a worker that is killed may be told so, no more."""
    process, url = server
    one_by_one = [as_json(records.iloc[[row]]) for row in range(len(records))]
    alone = {1: [answers(post(url, body))[0] for body in one_by_one]}
    got, failed, stop = [], [], threading.Event()

    def ask(start):
        number = start
        while not stop.is_set():
            try:
                said = json.loads(post(url, one_by_one[number]))
                got.append((said["version"], number, said["answers"][0]))
            except urllib.error.HTTPError as error:
                failed.append(error.code)
            number = (number + 4) % len(one_by_one)

    clients = [threading.Thread(target=ask, args=(start,)) for start in range(4)]
    for client in clients:
        client.start()
    kills = 2
    try:
        house.run("caselab", "promote", "churn", "--again")
        until(lambda: any(version == 2 for version, _, _ in got[-20:]))
        for _ in range(kills):
            (worker,) = workers(process)
            worker.kill()
            before = len(got)
            until(lambda before=before: len(got) > before + 20)
        alone[2] = [answers(post(url, body))[0] for body in one_by_one]
        house.run("caselab", "rollback", "churn")
        until(lambda: got[-1][0] == 1)
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert {version for version, _, _ in got} == {1, 2}
    assert all(answer == alone[version][number] for version, number, answer in got)
    assert set(failed) <= {503}
    assert len(failed) <= kills * len(clients)  # what was in a worker when it was killed


def test_a_trial_of_a_real_version_starts_and_ends_while_clients_ask(house, server, records):
    """Each id is answered by one version, byte for byte as that one does; nobody is promoted meanwhile."""
    _, url = server
    one_by_one = [as_json(records.iloc[[row]]) for row in range(len(records))]

    def asked():
        said = [json.loads(post(url, body)) for body in one_by_one]
        return [each["version"] for each in said], [each["answers"][0] for each in said]

    versions, ours = asked()
    assert {*versions} == {1}
    house.run("caselab", "trial", "start", "churn", "2", "--share", "50%")
    until(lambda: {*asked()[0]} == {1, 2})
    versions, answers = asked()
    assert asked() == (versions, answers)
    split = json.loads(post(url, as_json(records)))
    assert split["versions"] == versions
    told = house.run("caselab", "promote", "churn", "--again", code=2)
    assert "A trial of version 2 (churn-logistic) of churn runs" in told.stderr
    told = house.run("caselab", "trial", "stop", "churn", "--promote", code=2)
    assert "nobody knows yet which is better: 0 labelled ids" in told.stderr
    house.run("caselab", "trial", "stop", "churn")
    until(lambda: {*asked()[0]} == {1})
    by_first = [n for n, version in enumerate(versions) if version == 1]
    assert [answers[n] for n in by_first] == [ours[n] for n in by_first]
    assert [answers[n] for n in range(40) if n not in by_first] != [
        ours[n] for n in range(40) if n not in by_first
    ]
    history = house.run("caselab", "history", "churn").stdout
    assert "trial started" in history
    assert "trial stopped" in history


def as_json(records):
    rows = records.astype(object).where(records.notna(), None).to_dict("records")
    return json.dumps(rows).encode()


def answers(reply):
    return json.loads(reply)["answers"]


def workers(process):
    return [
        each
        for each in psutil.Process(process.pid).children()
        if any("model_worker" in word for word in each.cmdline())
    ]


def until(true):
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(server):
    import http.client
    from urllib.parse import urlsplit

    _, url = server
    to = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    to.putrequest("POST", "/churn/predict")
    to.putheader("Content-Type", "application/json")
    to.putheader("Content-Length", str(2**30))
    to.endheaders()
    reply = to.getresponse()
    assert reply.status == 413
    assert "larger than 16,777,216 bytes" in json.loads(reply.read())["error"]
    to.close()


def test_a_second_server_on_the_port_ends_in_one_sentence(house, server):
    _, url = server
    done = house.run("caselab", "serve", "churn", "--port", url.rpartition(":")[2], code=2)
    assert "end what uses it, or choose another by --port" in done.stderr


def test_sigterm_ends_it_with_its_log_written_and_no_process_left(house, server, records):
    process, url = server
    said = json.loads(post(url, as_json(records.head(1))))
    ours = [*workers(process), psutil.Process(process.pid)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    _, left = psutil.wait_procs(ours[:-1], timeout=5)
    assert left == []
    parts = sorted((house.root / "requests/churn").rglob("*.parquet"))
    logged = pd.concat(pd.read_parquet(part) for part in parts)
    assert (logged["request_id"] == said["request_id"]).sum() == 1
    assert "record.total_charges" not in logged
    assert os.path.getsize(house.root / "served.txt") < 5000  # noqa: PTH202


def test_a_champion_whose_files_changed_never_becomes_ready(house):
    folder = json.loads((house.root / ".caselab/champions/churn.json").read_text())["folder"]
    file = next((house.root / folder).rglob("pipeline.json"))
    content = file.read_bytes()
    file.write_bytes(content + b" ")
    process = subprocess.Popen(
        ["caselab", "serve", "churn", "--port", "0"],
        cwd=house.root, env=house.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    try:
        lines = io.StringIO()
        url = process.stdout.readline().split()[-1].removesuffix("/churn")
        lines.write(process.stdout.readline())
        assert "is not what was registered and was not loaded" in lines.getvalue()
        assert status(url, "/ready") == 503
        assert status(url, "/health") == 200
    finally:
        file.write_bytes(content)
        process.kill()
        process.wait()
