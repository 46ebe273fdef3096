import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from caselab import params
from caselab.errors import UserError
from caselab.features import table
from caselab.problems import classification
from caselab.project import places
from caselab.stages import evaluate
from caselab.storage import datasets, models
from caselab.storage.datasets import Dataset
from caselab.tracking.tracker import Untracked
from tests.stages.toys import PARAMS, leave_features, train

PIPELINES = ["toy-baseline", "toy-logistic", "toy-tree"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with features of a toy case and pipelines trained on them."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("params.yaml").write_text(PARAMS)
        leave_features()
        for name in PIPELINES:
            train(params.load(), name)
    return folder


@pytest.fixture
def toy(project, trained):
    """A copy of what was trained, as the current folder."""
    shutil.copytree(trained, project, dirs_exist_ok=True)
    return params.load()


@pytest.fixture
def no_plots(monkeypatch):
    """For what does not look at pictures, which take most of the time."""
    monkeypatch.setattr(classification, "problem", replace(classification.problem, plots=()))
    monkeypatch.setattr(table, "plots", ())


def metrics(name):
    return json.loads((places.report("churn", name) / "metrics.json").read_text())


def test_metrics_with_intervals_folds_and_decision(toy, no_plots):
    evaluate.run(toy, "toy-logistic", Untracked())
    found = metrics("toy-logistic")
    names = set(classification.problem.metrics)
    assert set(found) == {"test", "interval", "validation", "folds", "decision", "size"}
    assert found["size"] == (places.model("churn", "toy-logistic") / "model.skops").stat().st_size
    for part in ("test", "interval", "validation", "folds"):
        assert set(found[part]) == names
    for name in names:
        low, high = found["interval"][name]
        assert low < found["test"][name] < high
        assert len(found["folds"][name]) == 3
        assert found["validation"][name] == pytest.approx(np.mean(found["folds"][name]))
    assert found["test"]["roc_auc"] > 0.75


def test_the_threshold_is_chosen_without_a_look_at_test(toy, no_plots):
    evaluate.run(toy, "toy-logistic", Untracked())
    before = metrics("toy-logistic")["decision"]
    test = datasets.read(places.features("toy") / "test")
    turned = Dataset(test.X, test.y.map({"No": "Yes", "Yes": "No"}), test.ids, None)
    datasets.write(turned, places.features("toy") / "test")
    evaluate.run(toy, "toy-logistic", Untracked())
    assert metrics("toy-logistic")["decision"] == before


def test_the_threshold_follows_the_costs_and_the_model_stays_as_it_was(toy, no_plots):
    found = []
    for cost in (1, 20):
        changed = params.load(overrides=[f"cases.churn.evaluation.costs.false_negative={cost}"])
        evaluate.run(changed, "toy-logistic", Untracked())
        found.append(metrics("toy-logistic"))
    cheap, dear = found
    assert dear["decision"]["threshold"] < cheap["decision"]["threshold"]
    assert dear["test"]["recall"] > cheap["test"]["recall"]
    assert dear["test"]["roc_auc"] == cheap["test"]["roc_auc"]


def test_predictions_are_the_pipelines_own(toy, no_plots):
    evaluate.run(toy, "toy-tree", Untracked())
    found = pd.read_parquet(places.report("churn", "toy-tree") / "rows/predictions.parquet")
    test = datasets.read(places.features("toy") / "test")
    pipeline = models.load(places.model("churn", "toy-tree"))
    assert list(found) == ["id", "target", "decided", "answer_No", "answer_Yes"]
    assert found["id"].tolist() == test.ids.tolist()
    assert found["target"].tolist() == test.y.tolist()
    assert found["answer_Yes"].to_numpy() == pytest.approx(pipeline.predict_proba(test.X)[:, 1])
    threshold = metrics("toy-tree")["decision"]["threshold"]
    assert found["decided"].tolist() == [
        "Yes" if yes >= threshold else "No" for yes in found["answer_Yes"]
    ]


def test_plots_come_with_their_tables_and_only_where_there_is_something_to_draw(toy):
    for name in PIPELINES:
        evaluate.run(toy, name, Untracked())
    drawn = {
        name: {file.stem for file in (places.report("churn", name) / "plots").glob("*.png")}
        for name in PIPELINES
    }
    everything = {name.split(".")[1] for name in (*classification.problem.plots, *table.plots)}
    assert drawn["toy-logistic"] == everything - {"epochs"}
    assert drawn["toy-baseline"] == everything - {"epochs", "importance", "shap"}
    for name in PIPELINES:
        folder = places.report("churn", name)
        of_rows = {"confusion_matrix", "shap"} & drawn[name]
        assert {file.stem for file in (folder / "plots").glob("*.csv")} == drawn[name] - of_rows
        assert {file.stem for file in (folder / "rows").glob("*.csv")} == of_rows


def test_a_report_made_again_takes_the_place_of_the_old_one(toy, no_plots):
    stale = places.report("churn", "toy-tree") / "plots" / "stale.png"
    stale.parent.mkdir(parents=True)
    stale.touch()
    evaluate.run(toy, "toy-tree", Untracked())
    assert not stale.exists()


def test_a_test_set_of_one_class_is_reported_as_far_as_it_goes(toy):
    test = datasets.read(places.features("toy") / "test")
    datasets.write(test.take((test.y == "No").to_numpy()), places.features("toy") / "test")
    evaluate.run(toy, "toy-logistic", Untracked())
    found = metrics("toy-logistic")
    assert found["test"]["roc_auc"] is None
    assert found["interval"]["roc_auc"] == [None, None]
    assert 0 < found["test"]["accuracy"] <= 1
    assert found["validation"]["roc_auc"] > 0.75


def test_costs_that_make_no_sense_leave_the_old_report(toy, no_plots):
    evaluate.run(toy, "toy-tree", Untracked())
    before = metrics("toy-tree")
    free = [f"cases.churn.evaluation.costs.false_{kind}=0" for kind in ("positive", "negative")]
    wrong = params.load(overrides=free)
    with pytest.raises(UserError, match="at least one is not 0"):
        evaluate.run(wrong, "toy-tree", Untracked())
    assert metrics("toy-tree") == before


def test_equal_bytes_in_another_process(toy, project):
    program = (
        "from caselab import params\n"
        "from caselab.stages import evaluate\n"
        "from caselab.tracking.tracker import Untracked\n"
        "for name in ('toy-logistic', 'toy-tree'):\n"
        "    evaluate.run(params.load(), name, Untracked())\n"
    )
    for name in ("toy-logistic", "toy-tree"):
        evaluate.run(toy, name, Untracked())
    here = everything_in("reports")
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=project,
        env={**os.environ, "PYTHONHASHSEED": "11"},
    )
    there = everything_in("reports")
    assert here.keys() == there.keys()
    assert [path for path in here if here[path] != there[path]] == []


def everything_in(folder):
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {path.as_posix(): path.read_bytes() for path in files}
