"""What the page is told of an answer's reasons: as `caselab explain` does, by the version that answers."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.project import places
from caselab.serving import allocation, explaining
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from tests.serving.stub import RECORD, Registry, until


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    X = pd.DataFrame([RECORD] * 300).assign(
        tenure=random.integers(0, 72, 300), monthly_charges=random.uniform(20, 120, 300)
    )
    ids = pd.Series(range(300)).astype(str)
    rows = Dataset(X, pd.Series(["No", "Yes"] * 150), ids, np.zeros(300, int))
    datasets.write(rows, places.prepared("churn") / "train")
    return Registry()


def test_the_parts_of_an_answer_are_told_by_lime_and_shap(client, registry):
    said = client.post("/churn/explain", json=RECORD | {"tenure": 70}).json()
    assert (said["output"], said["version"], said["answer"]) == ("Yes", 1, 0.07)
    assert said["base"] + sum(each["shap"] for each in said["parts"]) == pytest.approx(0.07)
    first, *others = said["parts"]
    assert (first["part"], first["value"]) == ("tenure", "70")
    for way in ("lime", "shap"):
        assert first[way] == pytest.approx(0.035, abs=0.01)  # 70 beside 35 on average
        assert max(abs(each[way]) for each in others) < 0.005
    assert max(len(asked) for asked in registry.started[0].asked) <= 64  # others get their turn


def test_the_version_that_answers_the_id_explains_it(client, registry, monkeypatch):
    registry.on_trial(2, 0.5)
    until(lambda: (client.get("/ready").json()["cases"]["churn"]["trial"] or {}).get("ready"))
    monkeypatch.setattr(allocation, "chosen", lambda *_: np.array([True]))
    assert client.post("/churn/explain", json=RECORD).json()["version"] == 2


def test_explanations_leave_threads_to_everything_else(client, registry, monkeypatch):
    going, most, free = [], [], threading.Event()

    def explain(*_):
        going.append(1)
        most.append(len(going))
        free.wait(10)
        going.pop()
        raise UserError("Done.")

    monkeypatch.setattr(explaining, "_explanation", explain)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(client.post, "/churn/explain", json=RECORD) for _ in range(8)]
        until(lambda: len(most) == explaining.THREADS)
        registry.version = 2
        until(lambda: client.get("/ready").json()["cases"]["churn"]["version"] == 2)
        free.set()
        assert {each.result().json()["error"] for each in asked} == {"Done."}
    assert len(most) == 8
    assert max(most) == explaining.THREADS


def test_what_cannot_be_explained_is_told_in_a_sentence(client, registry):
    two = client.post("/churn/explain", json=[RECORD, RECORD])
    assert (two.status_code, two.json()["error"]) == (
        422, "One record is explained at a time; send one.",
    )  # fmt: skip
    registry.started[0].settings["view"] = "pictures"
    shown = client.post("/churn/explain", json=RECORD)
    assert shown.status_code == 422
    assert "explain takes tables and texts" in shown.json()["error"]
