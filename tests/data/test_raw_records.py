"""Whoever makes rows of raw records makes the same: the stages, a registered model, and the gate."""

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from threadpoolctl import ThreadpoolController

from caselab import cases, features
from caselab.data import raw_records
from caselab.data.contracts import Contract
from caselab.errors import UserError
from caselab.params import Params
from caselab.project import places
from caselab.promotion.scoring import TestRows
from caselab.registry.registered_model import RawRecords
from caselab.stages import featurize, prepare
from caselab.storage import datasets
from tests import movies
from tests.extracts import reading

ROOT = Path(__file__).parents[2]
RECORDS = {
    "churn-table": lambda: pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet").head(900),
    "messages_spam-text": lambda: reading.read("sms_spam"),
    "images_digits-pictures": lambda: reading.read("mnist"),
    "movies_rating-interactions": movies.ratings,
    "segments_value-table": lambda: reading.read("online_retail"),
    "news_sentiment-text": lambda: reading.read("nyt_editorials"),
}
"""By a view of params.yaml: a table, texts, pictures, ratings, and rows made of several records."""


class Listener:
    """A kind of problem that only keeps what its pipeline would see."""

    def answer(self, pipeline, X):
        self.seen = X
        return pd.DataFrame({"answer": np.zeros(len(X))})

    def completed(self, answers, decision):
        return answers

    def decide(self, answers, case, decision):
        return answers["answer"]


@pytest.fixture(scope="module", params=RECORDS)
def project(request, tmp_path_factory):
    """A project in which one view of one case was prepared and shown; its params and the view."""
    asked = yaml.safe_load((ROOT / "params.yaml").read_text())
    view = request.param
    case = asked["views"][view]["case"]
    block = asked["cases"][case]
    params = Params(
        seed=1,
        threads=1,
        sources={block["source"]: asked["sources"][block["source"]]},
        cases={case: block | {"validation": {"kind": "kfold", "folds": 2}}},
        views={view: asked["views"][view]},
        pipelines={},
    )
    raw = RECORDS[view]()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp(view))
        places.raw(block["source"]).mkdir(parents=True)
        raw.to_parquet(places.raw(block["source"]) / "records.parquet", index=False)
        prepare.run(params, case)
        featurize.run(params, view)
        yield params, view


def shown(params, view):
    block = params.views[view]
    return partial(features.load(block.view).view, **block.options)


def test_all_ways_from_raw_records_show_equal_rows(project):
    params, view = project
    case = cases.load(params.views[view].case)
    left = datasets.read(places.features(view) / "test")
    by_gate = TestRows(params, case.name)

    at_once = raw_records.rows(by_gate.records, case, shown(params, view))
    assert_equal(left, at_once.of[case.id], at_once.X)

    model = RawRecords()
    model.case, model.problem, model.view = case, Listener(), shown(params, view)
    model.contract, model.needed, model.pipeline = Contract(case.contract()), [], [None]
    model.settings, model.threads = {"threads": 1, "decision": {}}, ThreadpoolController()
    answers = model.predict(by_gate.records)
    seen = model.problem.seen
    assert_equal(left, answers[case.id][answers["decision"].notna()], seen)


def test_a_few_records_are_shown_as_they_are_among_all(project):
    params, view = project
    case = cases.load(params.views[view].case)
    if case.aggregate is not None:
        pytest.skip("a row of this case is made of many records")
    records = TestRows(params, case.name).records
    whole = raw_records.rows(records, case, shown(params, view))
    few = raw_records.rows(records.iloc[[3, 1]], case, shown(params, view))
    left = datasets.read(places.features(view) / "test")
    assert_equal(left, whole.of[case.id], whole.X)
    ids = few.of[case.id].astype(str).tolist()
    assert len(ids) == len(few.X) == 2
    place = [left.ids.astype(str).tolist().index(each) for each in ids]
    np.testing.assert_array_equal(values(few.X), values(left.X)[place])


def values(X):
    """Return rows as an array, in which gaps are equal."""
    return X.astype(object).where(X.notna(), None).to_numpy() if isinstance(X, pd.DataFrame) else X


def assert_equal(left, ids, X):
    """Rows are those that the stage left, in whatever order, of which it dropped the repeated."""
    assert len(X) == len(ids)
    first = dict(zip(ids.astype(str)[::-1], np.arange(len(ids))[::-1], strict=True))
    place = [first[each] for each in left.ids.astype(str)]
    if isinstance(left.X, pd.DataFrame):
        assert list(X) == list(left.X)
    np.testing.assert_array_equal(values(X)[place], values(left.X))


def test_serving_needs_no_training_to_make_rows():
    """What serving imports to make rows: no learning, no stages, no store, until records are checked."""
    code = (
        "import sys; from caselab import cases, features; from caselab.data import raw_records;"
        "cases.load('churn'); features.load('text');"
        "print([m for m in ('torch', 'mlflow', 'pandera', 'pyarrow.parquet', 'caselab.stages',"
        " 'caselab.learning.estimators', 'caselab.architectures') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_records_are_called_as_they_are_told_to_be():
    case = cases.load("churn")
    with pytest.raises(UserError, match=r"^In new\.csv there are no columns"):
        raw_records.rows(pd.DataFrame({"tenure": [1]}), case, lambda rows: rows, "new.csv")


@pytest.fixture(scope="module")
def telco():
    return pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet").head(6)


def asked(records, **options):
    case = cases.load("churn")
    return raw_records.rows(records, case, lambda rows: rows, "new.csv", **options)


def spoilt(telco, column, value):
    """The table with one value that the contract does not take, in its third row."""
    records = telco.astype({column: object})
    records.loc[2, column] = value
    return records


@pytest.mark.parametrize(
    ("column", "value", "note"),
    [
        ("tenure", None, "tenure has no value"),
        ("tenure", 1.5, "tenure 1.5 is no whole number"),
        ("tenure", 5000, "tenure 5000 is outside 0 to 1,200 months"),
        ("partner", 2, "partner 2 is unknown"),
        ("contract", "Three year", "contract 'Three year' is unknown"),
        ("contract", " ", "contract has no value"),
        ("customer_id", None, "customer_id has no value"),
    ],
)
def test_what_a_pipeline_can_take_is_shown_and_noted(telco, column, value, note):
    found = asked(spoilt(telco, column, value))
    assert found.notes.column() == ["", "", note, "", "", ""]
    assert len(found.X) == 6
    others = [0, 1, 3, 4, 5]
    usual = asked(telco).X
    shown = found.X.iloc[others].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        shown, usual.iloc[others].reset_index(drop=True), check_dtype=False
    )
    with pytest.raises(UserError, match=r"^In new\.csv column '.*' has 1 row .*\(first in row 3\)"):
        asked(spoilt(telco, column, value), strict=True)


@pytest.mark.parametrize("value", ["long", "1,5", "2020-01-01"])
def test_what_is_not_understood_has_no_row_and_the_others_are_as_without_it(telco, value):
    found = asked(spoilt(telco, "tenure", value))
    assert found.notes.column()[2] == f"no answer: tenure {value!r} is no number"
    assert list(found.of.index) == [0, 1, 3, 4, 5]
    pd.testing.assert_frame_equal(found.X, asked(telco.drop(index=2)).X)
    with pytest.raises(UserError, match=f"'tenure' has 1 row that is no number: {value!r}"):
        asked(spoilt(telco, "tenure", value), strict=True)


def test_all_that_is_odd_about_a_record_is_told_together(telco):
    found = asked(spoilt(spoilt(telco, "tenure", "long"), "contract", "Three year"))
    assert found.notes.column()[2] == (
        "no answer: tenure 'long' is no number; contract 'Three year' is unknown"
    )


def test_an_id_may_stand_twice_in_what_is_asked(telco):
    for strict in (False, True):
        found = asked(telco.assign(customer_id=7), strict=strict)
        assert (len(found.X), set(found.notes.column())) == (6, {""})


def test_a_missing_column_refuses_all(telco):
    with pytest.raises(UserError, match="no column 'tenure'"):
        asked(telco.drop(columns="tenure"))


def test_a_value_that_a_view_cannot_do_without_is_needed(telco):
    found = asked(spoilt(telco, "tenure", None), needed=("tenure",))
    assert found.notes.column()[2] == "no answer: tenure has no value"


def test_a_record_that_repairs_drop_says_so(telco):
    case = replace(cases.load("churn"), clean=lambda records: (records[records["tenure"] > 1], {}))
    found = raw_records.rows(telco.assign(tenure=[1, 2, 3, 4, 5, 6]), case, lambda rows: rows)
    assert found.notes.column()[0] == "no answer: the case's repairs leave it out"
    assert list(found.of.index) == [1, 2, 3, 4, 5]


def test_rows_that_repairs_or_the_view_cannot_take_leave_the_others():
    case, view = cases.load("images_digits"), features.load("pictures").view
    pictures = reading.read("mnist").head(4).drop(columns=["label", "split"])
    broken = pictures.assign(picture=[pictures["picture"][0], b"no picture", b"", None])
    found = raw_records.rows(broken, case, view)
    assert [note.partition("(")[0] for note in found.notes.column()] == [
        "",
        "no answer: the picture cannot be read ",
        "no answer: the picture cannot be read ",
        "no answer: picture has no value; the picture cannot be read ",
    ]
    np.testing.assert_array_equal(found.X, raw_records.rows(pictures.head(1), case, view).X)


def test_lines_that_break_the_contract_are_left_out_of_the_rows_they_make():
    lines = reading.read("online_retail").drop(columns="as_of", errors="ignore")
    case = cases.load("segments")
    who = lines["customer_id"].dropna().iloc[0]
    row = int((lines["customer_id"] == who).to_numpy().argmax())
    broken = lines.astype({"quantity": object})
    broken.loc[row, "quantity"] = None
    found = raw_records.rows(broken, case, lambda rows: rows)
    pd.testing.assert_frame_equal(
        found.X, raw_records.rows(lines.drop(index=row), case, lambda rows: rows).X
    )
    groups = [None if pd.isna(name) else str(name) for name in lines["customer_id"]]
    assert list(found.notes.of_groups(groups).values()) == [
        "1 of its lines left out: quantity has no value"
    ]


def test_no_records_are_no_rows(telco):
    found = asked(telco.head(0))
    assert found.X is None
    assert len(found.of) == 0
