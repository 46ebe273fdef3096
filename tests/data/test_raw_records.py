"""Whoever makes rows of raw records makes the same: the stages, a registered model, and the gate."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from caselab import cases, features
from caselab.data import raw_records
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
    model.contract, model.pipeline = case.contract(), None
    model.settings = {"threads": 1, "decision": {}}
    answers = model.predict(None, by_gate.records)
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
        " 'caselab.learning', 'caselab.architectures') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_records_are_called_as_they_are_told_to_be():
    case = cases.load("churn")
    with pytest.raises(UserError, match=r"^In new\.csv there is no column"):
        raw_records.rows(pd.DataFrame({"tenure": [1]}), case, lambda rows: rows, "new.csv")
