"""Scoring again and again: each record is answered once by a version, whoever was killed before."""

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest

from caselab import cases
from caselab.errors import UserError
from caselab.registry import champions
from caselab.serving import scoring
from tests.serving.stub import RECORD, Stub

INTO = Path("scores/churn")


@pytest.fixture(autouse=True)
def _champion(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scoring, "TOGETHER", 2)
    monkeypatch.setattr(champions, "champion", lambda *_, **__: {"version": 1})


def customers(*tenures):
    rows = [RECORD | {"customer_id": f"c{t}", "tenure": t} for t in tenures]
    pd.DataFrame(rows).to_csv("customers.csv", index=False)


def score(version=1, dies_after=None):
    stub = Stub(version)
    asked = stub.ask

    def ask(records, how):
        if dies_after is not None and len(stub.asked) == dies_after:
            raise KeyboardInterrupt
        return asked(records, how)

    stub.ask = ask
    return scoring.score("churn", Path("customers.csv"), INTO, start=lambda _: stub)


def test_a_second_run_asks_nothing_and_a_grown_table_only_what_is_new():
    customers(1, 2, 3)
    assert score().answered == 3
    before = sorted(INTO.rglob("*.parquet"))
    assert score() == scoring.Scored(1, 3, 0)
    assert sorted(INTO.rglob("*.parquet")) == before
    customers(5, 3, 2, 1, 4)
    assert score().answered == 2
    found = scoring.read(INTO)
    assert sorted(found["answer.Yes"]) == [0.001, 0.002, 0.003, 0.004, 0.005]
    assert found["record"].is_unique
    of_c4 = found[found["answer.customer_id"] == "c4"]
    assert of_c4["answer.Yes"].tolist() == [0.004]


def test_a_run_that_is_killed_loses_nothing_and_doubles_nothing():
    customers(1, 2, 3, 4, 5)
    with pytest.raises(KeyboardInterrupt):
        score(dies_after=1)
    assert len(scoring.read(INTO)) == 2
    assert score().answered == 3
    assert sorted(scoring.read(INTO)["answer.Yes"]) == [0.001, 0.002, 0.003, 0.004, 0.005]


def test_equal_records_are_told_apart_and_changed_ones_are_asked_anew():
    customers(1, 1)
    assert score().answered == 2
    assert score().answered == 0
    customers(1, 2)
    assert score().answered == 1


def test_a_new_champion_answers_all_anew(monkeypatch):
    customers(1, 2, 3)
    score()
    monkeypatch.setattr(champions, "champion", lambda *_, **__: {"version": 2})
    assert score(version=2).answered == 3
    assert scoring.read(INTO, version=2)["version"].tolist() == [2, 2, 2]
    assert len(scoring.read(INTO)) == 6


@pytest.fixture
def _together(monkeypatch):
    """Answers that depend on other records."""
    case = dataclasses.replace(cases.load("churn"), aggregate=lambda records: records)
    monkeypatch.setattr(cases, "load", lambda _: case)


def tenures_answered():
    return sorted(scoring.read(INTO, 1)["answer.Yes"])


@pytest.mark.usefixtures("_together")
def test_answers_that_depend_on_others_take_the_place_of_the_old_ones():
    customers(1, 2)
    score()
    customers(1, 2, 3)
    assert score().answered == 3
    assert tenures_answered() == [0.001, 0.002, 0.003]
    assert score().answered == 0
    customers(1, 2)
    assert score().answered == 2
    assert tenures_answered() == [0.001, 0.002]


@pytest.mark.usefixtures("_together")
def test_a_kill_leaves_the_old_answers_or_the_new_ones_and_what_was_doubled_goes(monkeypatch):
    customers(1, 2)
    score()
    customers(1, 2, 3)
    with pytest.raises(KeyboardInterrupt):
        score(dies_after=0)
    assert tenures_answered() == [0.001, 0.002]
    rename = Path.replace

    def killed(path, to):
        if path.name == "0.parquet":
            raise KeyboardInterrupt
        return rename(path, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            score()
    assert tenures_answered() == [0.001, 0.002, 0.003]
    customers(1, 2)  # what is there now is no answer to it
    assert score().answered == 2
    assert tenures_answered() == [0.001, 0.002]
    (present,) = (INTO / "version-1").glob("*.parquet")
    shutil.copy(present, present.with_name("0123456789abcdef.parquet"))
    assert score().answered == 0
    assert tenures_answered() == [0.001, 0.002]


def test_without_a_champion_nothing_is_scored(monkeypatch):
    monkeypatch.setattr(champions, "champion", lambda *_, **__: None)
    customers(1)
    with pytest.raises(UserError, match="has no champion yet"):
        score()


def test_what_a_killed_run_left_beside_is_no_answer_and_goes():
    """Outside of a project a part lies beside its place until it is whole."""
    customers(1, 2, 3)
    score()
    left = INTO / "version-1/.part-0-1-0123456789abcdef.parquet"
    left.write_bytes(b"PAR1")
    assert len(scoring.read(INTO)) == 3
    customers(1, 2, 3, 4)
    assert score().answered == 1
    assert not left.exists()
