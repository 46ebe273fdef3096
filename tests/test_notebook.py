import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import caselab
from caselab.errors import UserError
from caselab.storage import datasets, models
from caselab.storage.datasets import Dataset

REPOSITORY = Path(caselab.__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    return tmp_path


def test_data_are_the_prepared_rows(project):
    rows = Dataset(
        X=pd.DataFrame({"tenure": [1, 2]}),
        y=pd.Series(["Yes", "No"]),
        ids=pd.Series(["a", "b"]),
        fold=np.array([0, 1]),
    )
    for part in ("train", "test"):
        datasets.write(rows, project / "data/prepared/churn" / part)
    data = caselab.load("churn", project).data
    assert data["train"].X["tenure"].tolist() == [1, 2]
    assert data["test"].y.tolist() == ["Yes", "No"]


def test_pipelines_come_fitted(project):
    X = pd.DataFrame({"tenure": [1.0, 2.0, 3.0, 4.0]})
    fitted = Pipeline([("features", StandardScaler()), ("model", LogisticRegression())])
    fitted.fit(X, ["No", "No", "Yes", "Yes"])
    models.save(fitted, project / "models/churn/churn-logistic")
    pipelines = caselab.load("churn", project).pipelines
    assert "churn-svm" in pipelines
    np.testing.assert_array_equal(
        pipelines["churn-logistic"].predict_proba(X), fitted.predict_proba(X)
    )


def test_scores_are_the_leaderboard(project):
    folder = project / "leaderboards/churn"
    folder.mkdir(parents=True)
    row = {
        "pipeline": "churn-mlp",
        "architecture": "mlp",
        "validation": {"value": 0.85, "low": 0.84, "high": 0.86},
        "test": {"value": 0.84, "low": 0.82, "high": 0.86},
        "metrics": {"accuracy": 0.8},
    }
    (folder / "leaderboard.json").write_text(json.dumps({"rows": [row]}))
    scores = caselab.load("churn", project).scores
    assert scores.loc["churn-mlp", "validation_low"] == 0.84
    assert scores.loc["churn-mlp", "test_accuracy"] == 0.8


def test_what_is_not_there_yet_says_how_to_make_it(project):
    bench = caselab.load("churn", project)
    for ask in (lambda: bench.data, lambda: bench.scores, lambda: bench.pipelines["churn-mlp"]):
        with pytest.raises(UserError, match="run `caselab run churn"):
            ask()
    assert bench.champion is None


def test_it_is_found_from_a_subfolder(project, monkeypatch):
    (project / "notebooks").mkdir()
    monkeypatch.chdir(project / "notebooks")
    bench = caselab.load("churn")
    assert bench.root == project
    assert repr(bench).endswith("8 pipelines")


def test_an_unknown_case_names_the_nearest(project):
    with pytest.raises(UserError, match="'chrun'; the nearest: churn"):
        caselab.load("chrun", project)


def test_outside_of_a_project_it_says_so(tmp_path):
    with pytest.raises(UserError, match="lies in no caselab project"):
        caselab.load("churn", tmp_path)
