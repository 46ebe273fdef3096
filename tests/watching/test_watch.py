"""A watch as a whole: what a champion learned from, what moved, who is told, and what is refused."""

import json
import re
import socket
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from caselab.cases import load
from caselab.data import raw_records
from caselab.errors import UserError
from caselab.pages import watch_page
from caselab.params import Watching
from caselab.project import places
from caselab.registry import champions, packaging, prediction
from caselab.sources import telco
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from caselab.storage.files import write_json
from caselab.tracking.store import StoreError
from caselab.watching import notices, references, watch, windows
from caselab.watching.windows import Window
from tests.registry.registered import decide_on, register

RECORDS = pd.read_parquet(telco.__file__.replace(".py", ".parquet")).head(1200)
LEARNED, LATER = RECORDS.head(900), RECORDS.tail(300).reset_index(drop=True)


def answered(records: pd.DataFrame) -> pd.DataFrame:
    """Answer as a model would that goes by the months of a customer."""
    yes = np.clip(0.8 - records["tenure"].astype(float) / 90, 0.02, 0.98).to_numpy()
    return pd.DataFrame({"No": 1 - yes, "Yes": yes})


@pytest.fixture
def champion(project, monkeypatch):
    """A champion of churn, with the rows it learned from and its answers to others."""
    case = load("churn")
    X = raw_records.rows(LEARNED, case, lambda table: table).X
    train = Dataset(X, LEARNED["churn"], LEARNED["customer_id"], np.zeros(len(X), dtype=int))
    datasets.write(train, places.prepared("churn") / "train")
    write_json(places.prepared("churn") / "report.json", {"rows": {"raw": 900, "quarantined": 9}})
    test = LEARNED.tail(400).reset_index(drop=True)
    told = answered(test).add_prefix("answer_")
    decided = np.where(told["answer_Yes"] >= 0.5, "Yes", "No")
    told = told.assign(id=test["customer_id"], target=test["churn"], decided=decided)
    rows = places.report("churn", "churn-mlp") / "rows"
    rows.mkdir(parents=True)
    told.to_parquet(rows / "predictions.parquet")
    version = register("churn-mlp")
    references.keep(version.run_id, references.make("churn", "churn-mlp"))
    decide_on(version)
    monkeypatch.setattr(packaging, "settings_of", lambda _: {"decision": {"threshold": 0.5}})

    def predict(case, records, where):
        found = answered(records)
        decision = np.where(found["Yes"] >= 0.5, "Yes", "No")
        return found.assign(decision=decision, notes="")

    monkeypatch.setattr(prediction, "predict", predict)
    return champions.champion("churn")


def look(params, records, **words):
    return watch.watch(params, "churn", Window(records, "later.csv", **words))


def test_without_a_champion_there_is_nothing_to_hold_against(params):
    with pytest.raises(UserError, match="no champion yet; run `caselab run churn`"):
        look(params, LATER)


def test_three_rows_tell_nothing(params, champion):
    with pytest.raises(watch.TooFewError, match=r"3 rows of churn in later\.csv, too few"):
        look(params, LATER.head(3))


def test_a_missing_column_is_one_sentence(params, champion):
    with pytest.raises(UserError, match=r"later\.csv there is no column 'tenure'"):
        look(params, LATER.drop(columns="tenure"))


def test_the_same_customers_have_not_moved(params, champion):
    found = look(params, LATER.drop(columns="churn"))
    assert not found.alarm
    assert found.measured is None
    assert "nothing has moved of 22 comparisons in later.csv" in found.sentences()[0]


def test_what_moved_is_told_with_how_much_and_whether_answers_are_touched(params, champion):
    other = LATER.assign(
        monthly_charges=LATER["monthly_charges"] * 1.5,
        contract=LATER["contract"].where(LATER.index % 4 > 0, "Three year"),
    )
    found = look(params, other)
    names = {change.name for change in found.moved}
    assert {"monthly_charges", "contract", "records that break the contract"} == names
    said = " ".join(found.sentences())
    assert "never learned: 'Three year', 25% of the rows" in said
    assert "The answers are not touched." in said
    assert found.alarm
    old = look(params, LATER.assign(tenure=70))
    assert old.answers_touched
    assert "not touched" not in " ".join(old.sentences())


def test_all_of_a_column_missing_is_seen(params, champion):
    found = look(params, LATER.assign(total_charges=np.nan))
    assert found.moved[0].name == "total_charges"
    assert "99.3% missing" in found.sentences()[1]  # of newcomers nothing is billed, which is 0


def test_labels_measure_quality_and_a_bound_makes_an_alarm(params, champion):
    found = look(params, LATER)
    assert found.measured.rows == len(LATER)
    assert not found.is_low
    strict = params.model_copy(update={"watching": Watching(least_quality={"churn": 0.99})})
    low = look(strict, LATER)
    assert low.is_low
    assert low.alarm
    assert "below the bound of 0.990" in " ".join(low.sentences())


def test_requests_about_the_same_customers_measure_quality_as_these_customers_do(params, champion):
    once = look(params, LATER.head(100)).measured
    often = look(params, pd.concat([LATER.head(100)] * 10, ignore_index=True)).measured
    assert often.rows == 1000
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    few = look(params, pd.concat([LATER.head(20)] * 10, ignore_index=True))
    assert few.measured is None


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_error_of_a_loss_is_that_of_intervals_as_the_gate_makes_them(
    params, champion, monkeypatch, confidence
):
    z = stats.norm.ppf((1 + confidence) / 2)
    score = {"value": 0.8, "low": 0.8 - 0.05 * z, "high": 0.8 + 0.05 * z}
    monkeypatch.setattr(champions, "present", lambda _: champion | {"score": score})
    gate = params.gate.model_copy(update={"confidence": confidence})
    measured = look(params.model_copy(update={"gate": gate}), LATER).measured
    own = (measured.high - measured.low) / 2 / z
    assert measured.error == pytest.approx(np.hypot(own, 0.05))
    assert own == pytest.approx(0.03, abs=0.01)


def test_rows_without_an_id_are_each_one_of_their_own():
    records = pd.DataFrame({"customer_id": ["b", None, "a", " ", "b"]})
    assert windows.units("churn", records).tolist() == [0, 2, 1, 3, 0]
    assert windows.units("churn", records[[]]).tolist() == [0, 1, 2, 3, 4]


def test_answers_that_were_given_are_not_asked_again(params, champion, monkeypatch):
    monkeypatch.setattr(prediction, "predict", lambda *_: pytest.fail("asked"))
    given = answered(LATER.assign(tenure=70)).assign(decision="No", notes="")
    assert look(params, LATER, answers=given).answers_touched


def test_columns_that_a_log_hides_are_left_out(params, champion):
    found = look(params, LATER.drop(columns="female"), hidden=("female",))
    assert "female" not in {change.name for change in found.changes}
    without = Window(LATER.drop(columns="tenure"), "the log", None, ("tenure",))
    with pytest.raises(UserError, match="need the column 'tenure', which the log"):
        windows.rows("churn", without)


def test_an_id_that_few_have_told_is_no_breach_of_the_contract(params, champion):
    ids = LATER["customer_id"].where(LATER.index < 3)
    found = windows.rows("churn", Window(LATER.assign(customer_id=ids), "the log"))
    assert (found.records, found.broken) == (len(LATER), 0)


def test_a_version_without_statistics_has_them_made_of_what_lies_here(champion, monkeypatch):
    monkeypatch.setattr(references, "_fetch", lambda *_: False)
    monkeypatch.setattr(references.dvc_lock, "differing", lambda _: [])
    made = references.of_champion({**champion, "run_id": "other"})
    assert made.rows == 900
    monkeypatch.setattr(references.dvc_lock, "differing", lambda then: list(then))
    with pytest.raises(UserError, match="data/prepared/churn is no longer what it was"):
        references.of_champion({**champion, "run_id": "another", "commit": "0123456789ab"})


def test_one_of_two_probabilities_that_make_up_one_is_enough():
    answers = pd.DataFrame({"No": [0.25, 0.5], "Yes": [0.75, 0.5]})
    assert [*references.without_complements(answers)] == ["Yes"]
    three = pd.DataFrame({"a": [0.2, 0.3], "b": [0.3, 0.3], "c": [0.5, 0.4]})
    assert [*references.without_complements(three)] == ["a", "b", "c"]


def test_the_page_needs_nothing_else_and_tells_all(params, champion):
    found = look(params, LATER.assign(contract="<b>Three</b> year"))
    page = watch_page.publish(found).read_text()
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "<script" not in page
    assert "&lt;b&gt;Three&lt;/b&gt; year" in page
    for change in found.changes:
        assert change.name in page
    assert json.dumps(asdict(found)["skipped"])


@pytest.fixture
def listener():
    """A webhook that keeps what it is sent, and answers with the code that it is told."""
    heard: list = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            heard.append(json.loads(self.rfile.read(length)))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()


def test_a_notice_is_posted_and_what_hinders_it_is_one_sentence(listener, monkeypatch):
    url, heard = listener
    monkeypatch.setenv("WATCH_WEBHOOK", f"{url}/hook")
    assert notices.send("env:WATCH_WEBHOOK", "moved", {"case": "churn"}) is None
    assert heard == [{"text": "moved", "case": "churn"}]
    assert "500" in notices.send(f"{url}/broken", "moved", {})
    assert "could not be sent" in notices.send("http://127.0.0.1:9", "moved", {})
    assert "is not set" in notices.send("env:NO_SUCH_WEBHOOK", "moved", {})
    assert "must begin with" in notices.send("file:///etc/passwd", "moved", {})


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("http://127.0.0.1/se cret", "InvalidURL"),
        ("http://127.0.0.1:secret/", "InvalidURL"),
        ("http://[secret]/", "ValueError"),
    ],
)
def test_an_address_that_is_none_hinders_no_watch_and_is_not_told(address, error):
    assert notices.send(address, "moved", {}) == f"The notice could not be sent: {error}."


def test_a_server_that_speaks_no_http_hinders_no_watch():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            there, _ = server.accept()
            with there:
                there.recv(1 << 16)
                there.sendall(b"SSH-2.0-secret\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        told = notices.send(f"http://127.0.0.1:{server.getsockname()[1]}", "moved", {})
        thread.join()
    assert told == "The notice could not be sent: BadStatusLine."


def test_what_cannot_be_put_into_numbers_is_told_and_an_absent_registry_is_not_passed_over(
    champion, monkeypatch, capsys
):
    def broken(*_):
        raise ValueError("odd column\nmore")

    with monkeypatch.context() as patch:
        patch.setattr(references, "make", broken)
        told = references.keep_made("run", "churn", "churn-mlp")
    assert told.startswith("What it learned from could not be put into numbers (ValueError: odd")
    assert "\n" not in told
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(StoreError):
        references.keep_made("run", "churn", "churn-mlp")
