"""What the stage train leaves: answers of fits that had not seen the rows, a model, a curve."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline

from caselab import architectures, params
from caselab.learning import sessions
from caselab.project import places
from caselab.storage import datasets, models
from tests.stages.toys import PARAMS, leave_features, train


@pytest.fixture
def toy(project):
    Path("params.yaml").write_text(PARAMS)
    leave_features()
    return params.load()


def rows():
    return datasets.read(places.features("toy") / "train")


def left(name):
    return places.model("churn", name)


def by_hand(settings, name):
    """The pipeline of a block, unfitted."""
    return architectures.build(settings.pipelines[name], "table", "classification", 7, 1)


def test_every_row_is_answered_once_by_a_fit_that_had_not_seen_it(toy):
    train(toy, "toy-logistic")
    data, held_out = rows(), pd.read_parquet(left("toy-logistic") / "held_out.parquet")
    assert sorted(held_out["id"]) == sorted(data.ids)
    for fold in range(3):
        learned, asked = (
            data.take(np.flatnonzero(m)) for m in (data.fold != fold, data.fold == fold)
        )
        expected = by_hand(toy, "toy-logistic").fit(learned.X, learned.y).predict_proba(asked.X)
        answers = held_out[held_out["fold"] == fold].set_index("id").loc[asked.ids, ["No", "Yes"]]
        np.testing.assert_allclose(answers, expected, rtol=1e-9)


def test_the_model_has_learned_from_all_rows_unless_told_otherwise(toy):
    data, pipeline = rows(), by_hand(toy, "toy-logistic")
    train(toy, "toy-logistic")
    whole = clone(pipeline).fit(data.X, data.y).predict_proba(data.X)
    np.testing.assert_allclose(models.load(left("toy-logistic")).predict_proba(data.X), whole)

    block = toy.pipelines["toy-logistic"].model_copy(update={"refit": False})
    once = toy.model_copy(update={"pipelines": {**toy.pipelines, "toy-logistic": block}})
    train(once, "toy-logistic")
    most = data.take(np.flatnonzero(data.fold != 2))  # what the last fold's fit was given
    expected = clone(pipeline).fit(most.X, most.y).predict_proba(data.X)
    np.testing.assert_allclose(models.load(left("toy-logistic")).predict_proba(data.X), expected)


def test_the_learning_curve_ends_at_the_folds_own_scores(toy):
    train(toy, "toy-tree")
    curve = pd.read_csv(left("toy-tree") / "learning_curve.csv")
    assert set(curve["rows"]) == {120, 400}  # a tenth has less than CURVE_LEAST rows
    assert curve.groupby("fold")["rows"].max().tolist() == [400, 400, 400]
    assert (curve["train"] > curve["validation"]).mean() > 0.8


@pytest.mark.parametrize(
    ("kind", "known"), [("grouped", "groups"), ("time", "times"), ("stratified", None)]
)
def test_a_fit_hears_which_rows_belong_together_as_the_folds_do(toy, monkeypatch, kind, known):
    random = np.random.default_rng(0)
    group, time = pd.Series(random.integers(0, 50, 600)), pd.Series(random.permutation(600))
    fold = rows().fold - 1  # folds in time learn from what lies before, -1 at first
    told = replace(rows(), group=group, time=time, fold=fold)
    datasets.write(told, places.features("toy") / "train")
    case = toy.cases["churn"]
    validation = case.validation.model_copy(update={"kind": kind})
    asked = {"churn": case.model_copy(update={"validation": validation})}
    heard = []

    def fit(self, X, y):
        session = sessions.current()
        heard.append({name: getattr(session, name) for name in ("groups", "times")})
        assert all(each is None or len(each) == len(X) for each in heard[-1].values())
        return original(self, X, y)

    original = architectures.Pipeline.fit
    monkeypatch.setattr(architectures.Pipeline, "fit", fit)
    train(toy.model_copy(update={"cases": asked}), "toy-baseline")
    for each in heard:
        assert {name for name, value in each.items() if value is not None} == {known} - {None}
    if known == "groups":
        assert set(heard[-1]["groups"]) <= set(group)


@pytest.mark.parametrize("within_groups", [False, True])
def test_the_learning_curve_of_rows_in_time_learns_from_the_latest(toy, monkeypatch, within_groups):
    random = np.random.default_rng(0)
    group, time = pd.Series(random.integers(0, 10, 600)), pd.Series(random.permutation(600))
    told = replace(rows(), group=group, time=time, fold=rows().fold - 1)
    datasets.write(told, places.features("toy") / "train")
    case = toy.cases["churn"]
    changes = {"kind": "time", "within_groups": within_groups}
    validation = case.validation.model_copy(update=changes)
    cases = {"churn": case.model_copy(update={"validation": validation})}
    fitted = []

    def fit(self, X, y):
        fitted.append(sessions.current().times)
        return original(self, X, y)

    original = architectures.Pipeline.fit
    monkeypatch.setattr(architectures.Pipeline, "fit", fit)
    train(toy.model_copy(update={"cases": cases}), "toy-baseline")
    for part, whole in pairwise(fitted):
        if len(part) < len(whole) < len(rows()):  # of the same fold
            assert set(part) <= set(whole)
            assert part.min() >= np.sort(whole)[-len(part)]
    assert any(len(part) < len(whole) for part, whole in pairwise(fitted))


def test_whose_weights_a_network_started_from_is_left_beside_it(toy, monkeypatch):
    class Pretrained(DummyClassifier):
        pretrained_ = {"origin": "ImageNet", "licence": "Apache-2.0"}  # noqa: RUF012

    train(toy, "toy-baseline")
    assert not (left("toy-baseline") / "pretrained.json").exists()
    unfitted = Pipeline([("model", Pretrained())])
    monkeypatch.setattr(architectures, "build", lambda *_: unfitted)
    monkeypatch.setattr(models, "save", lambda *_: None)
    train(toy, "toy-logistic")
    found = json.loads((left("toy-logistic") / "pretrained.json").read_text())
    assert found == Pretrained.pretrained_
