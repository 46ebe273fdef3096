import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from caselab import sources
from caselab.data import quarantine
from caselab.errors import UserError
from caselab.stages import fetch, prepare
from caselab.storage import datasets

RAW, PREPARED = Path("data/raw/telco/records.parquet"), Path("data/prepared/churn")


@pytest.fixture(scope="module")
def telco():
    return sources.records(sources.load("src/caselab/sources/telco.py"))


@pytest.fixture
def run(project, churn_params):
    """Run the stage on raw records, and return train, test and report."""

    def run_on(records, **params):
        RAW.parent.mkdir(parents=True, exist_ok=True)
        records.to_parquet(RAW, index=False)
        prepare.run(churn_params(**params), "churn")
        report = json.loads((PREPARED / "report.json").read_text())
        return datasets.read(PREPARED / "train"), datasets.read(PREPARED / "test"), report

    return run_on


def test_every_row_is_in_one_part(run, telco):
    train, test, report = run(telco)
    assert sorted([*train.ids, *test.ids]) == sorted(telco["customer_id"].astype(str))
    assert report["rows"]["raw"] == 7043 == len(train) + len(test)
    assert report["rows"]["dropped"] == 0
    assert (report["rows"]["train"], report["rows"]["test"]) == (len(train), len(test))


def test_a_model_sees_neither_id_nor_target(run, telco):
    train, test, _ = run(telco)
    for part in (train, test):
        assert set(telco) - set(part.X) == {"customer_id", "churn"}
    answers = telco.set_index(telco["customer_id"].astype(str))["churn"]
    assert (answers[test.ids].to_numpy() == test.y.to_numpy()).all()


def test_missing_total_charges_are_repaired_and_counted(run, telco):
    train, test, report = run(telco)
    ((reason, count),) = report["repairs"].items()
    assert "total charges missing" in reason
    assert count == 11
    charges = pd.concat([train.X, test.X])
    assert charges["total_charges"].isna().sum() == 0
    assert (charges["total_charges"] == 0).sum() == 11


def test_folds_and_class_shares_are_in_the_report(run, telco):
    train, test, report = run(telco)
    assert test.fold is None
    assert sorted(np.unique(train.fold)) == [0, 1, 2, 3, 4]
    shares = report["class shares"]
    assert shares["whole"]["Yes"] == pytest.approx(1869 / 7043, abs=1e-6)
    assert shares["test"]["Yes"] == pytest.approx((test.y == "Yes").mean(), abs=1e-6)
    assert shares["fold 3"]["Yes"] == pytest.approx(
        (train.y[train.fold == 3] == "Yes").mean(), abs=1e-6
    )


@pytest.mark.parametrize(
    ("kind", "held_out"), [("holdout", 1 / 4), ("kfold", 1), ("stratified", 1)]
)
def test_the_kinds_of_validation(run, telco, kind, held_out):
    train, _, _ = run(telco, validation={"kind": kind, "folds": 4})
    assert (train.fold >= 0).mean() == pytest.approx(held_out, abs=0.01)


def test_a_users_messy_table_gives_the_same_rows(run, telco):
    clean_train, _, _ = run(telco)
    messy = telco.astype({"tenure": str, "monthly_charges": str})
    messy["contract"] += " "
    messy["total_charges"] = messy["total_charges"].astype(str).replace("nan", " ")
    messy["shoe_size"] = 43
    train, _, report = run(messy[messy.columns[::-1]])
    pd.testing.assert_frame_equal(train.X, clean_train.X[train.X.columns])
    assert report["columns dropped"] == ["shoe_size"]
    assert report["values converted"] == {
        "contract": 7043,
        "tenure": 7043,
        "monthly_charges": 7043,
        "total_charges": 7043,
    }


def test_an_export_with_semicolons_and_a_byte_order_mark_gives_the_same_rows(
    run, telco, churn_params
):
    from_built_in, _, _ = run(telco)
    telco.to_csv("customers.csv", sep=";", decimal=",", encoding="utf-8-sig", index=False)
    params = churn_params("customers.csv")
    fetch.run(params, "telco")
    prepare.run(params, "churn")
    train = datasets.read(PREPARED / "train")
    pd.testing.assert_frame_equal(train.X, from_built_in.X)
    assert (train.ids == from_built_in.ids).all()
    assert (train.fold == from_built_in.fold).all()


def broken(telco, **columns):
    return telco.head(200).assign(**columns)


def test_bad_records_are_refused_with_the_source_named(run, telco):
    bad = {
        "there is no column 'tenure'": broken(telco).drop(columns="tenure"),
        "'contract' has 200 rows with an unknown value": broken(telco, contract="Three year"),
        "'customer_id' has 200 rows that share": broken(telco, customer_id=1),
        "'tenure' has 200 rows that are no number": broken(telco, tenure="long"),
        "'churn' has one class only": broken(telco, churn="No"),
        "'churn' has 200 rows without a value": broken(telco, churn=None),
    }
    for message, records in bad.items():
        with pytest.raises(UserError, match=message):
            run(records)
    assert not PREPARED.exists()


def test_too_few_rows(run, telco):
    with pytest.raises(UserError, match="add rows"):
        run(telco.head(2))
    with pytest.raises(UserError, match="add rows of that class"):
        run(telco.head(20))


def test_a_split_that_is_not_there(run, telco):
    with pytest.raises(UserError, match="split kind 'time' needs a column"):
        run(telco, split={"test": 0.2, "kind": "time"})


def test_raw_records_that_are_missing_or_damaged(project, churn_params):
    with pytest.raises(UserError, match="is missing; run the stage fetch"):
        prepare.run(churn_params(), "churn")
    RAW.parent.mkdir(parents=True)
    RAW.write_bytes(b"")
    with pytest.raises(UserError, match="is damaged; run the stage fetch"):
        prepare.run(churn_params(), "churn")


def broken_rows(telco):
    """The table with three rows that break the contract, of which two share an id."""
    records = telco.astype({"tenure": str})
    records.loc[5, "tenure"] = "long"
    records["customer_id"] = records["customer_id"].mask(records.index.isin([100, 200]), 100_000)
    return records


def test_a_few_rows_that_break_the_contract_are_quarantined_and_counted(run, telco):
    whole, _, _ = run(telco)
    train, test, report = run(broken_rows(telco))
    kept = telco.drop(index=[5, 100, 200])["customer_id"].astype(str)
    assert sorted([*train.ids, *test.ids]) == sorted(kept)
    assert report["rows"]["raw"] == 7043
    assert (report["rows"]["quarantined"], report["rows"]["dropped"]) == (3, 0)
    assert report["quarantined"] == {
        "tenure is no number": 1,
        "customer_id stands twice": 2,
    }
    left = pd.read_parquet(PREPARED / "quarantined.parquet")
    assert left["quarantined row"].tolist() == [6, 101, 201]
    assert left["quarantine reason"].tolist() == [
        "tenure 'long' is no number",
        "customer_id '100000' stands twice",
        "customer_id '100000' stands twice",
    ]
    assert left["contract"].tolist() == telco["contract"][[5, 100, 200]].tolist()
    same = whole.ids.isin(train.ids).to_numpy()
    pd.testing.assert_frame_equal(
        train.X[train.ids.isin(whole.ids).to_numpy()].reset_index(drop=True),
        whole.X[same].reset_index(drop=True),
    )


def test_more_than_the_share_refuses_all_in_one_sentence(run, telco):
    message = (
        r"'tenure' has 1 row that is no number: 'long' \(first in row 6\); .*, in all 3 of 7,043 rows, "
        r"more than the share of 0\.0004 that may be set aside \(quarantine in params\.yaml\)"
    )
    with pytest.raises(UserError, match=message):
        run(broken_rows(telco), quarantine=0.0004)
    assert not PREPARED.exists()


def test_batches_share_one_quarantine(run, telco, monkeypatch):
    monkeypatch.setattr(prepare, "BATCH", 150)
    _, _, report = run(broken_rows(telco))
    assert report["quarantined"] == {"tenure is no number": 1, "customer_id stands twice": 2}
    left = pd.read_parquet(PREPARED / "quarantined.parquet")
    assert left["quarantined row"].tolist() == [6, 101, 201]


def test_records_that_keep_the_contract_leave_no_trace_of_a_quarantine(run, telco):
    _, _, report = run(telco)
    assert "quarantined" not in report
    assert "quarantined" not in report["rows"]
    assert not (PREPARED / "quarantined.parquet").exists()


def test_what_was_set_aside_is_not_asked_by_the_gate(run, telco):
    records = broken_rows(telco)
    run(records)
    left = quarantine.without(records, PREPARED)
    pd.testing.assert_frame_equal(left, records.drop(index=[5, 100, 200]).reset_index(drop=True))
