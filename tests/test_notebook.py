import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import caselab
from caselab.errors import UserError
from caselab.registry import explanation
from caselab.registry.explanation import Explanation
from caselab.stages import in_memory
from caselab.storage import datasets, models
from caselab.storage.datasets import Dataset
from caselab.storage.files import write_json

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


@pytest.fixture
def evaluated(project: Path) -> Path:
    """Two pipelines with a report, the worse of them an MLP, and a leaderboard of both."""
    rows = []
    for name, value in (("logistic", 0.85), ("mlp", 0.84)):
        report = project / "reports/churn" / f"churn-{name}"
        scores = {
            "test": {"roc_auc": value, "f1": None},
            "validation": {"roc_auc": value + 0.01, "f1": 0.6},
            "interval": {"roc_auc": [value - 0.02, value + 0.02], "f1": [None, None]},
        }
        write_json(report / "metrics.json", scores)
        score = {"value": value, "low": value - 0.01, "high": value + 0.01}
        rows.append(
            {"pipeline": report.name, "architecture": name, "validation": score, "test": score,
             "metrics": {"roc_auc": value}}
        )  # fmt: skip
        (report / "rows").mkdir()
        pd.DataFrame({"id": ["a"], "target": ["Yes"], "answer_Yes": [value]}).to_parquet(
            report / "rows/predictions.parquet"
        )
        (report / "plots").mkdir()
        Image.new("RGB", (30, 20)).save(report / "plots/shap.png")
    board = project / "leaderboards/churn"
    write_json(board / "leaderboard.json", {"rows": rows})
    (board / "plots").mkdir()
    Image.new("RGB", (40, 20)).save(board / "plots/roc.png")
    Image.new("RGB", (50, 20)).save(board / "leaderboard.png")
    return project


def test_every_metric_of_every_pipeline_is_in_one_table(evaluated):
    metrics = caselab.load("churn", evaluated).metrics
    row = metrics.loc["roc_auc", "churn-mlp"]
    assert row.to_dict() == pytest.approx(
        {"validation": 0.85, "test": 0.84, "test_low": 0.82, "test_high": 0.86}
    )
    assert np.isnan(metrics.loc[("f1", "churn-mlp"), "test"])
    assert metrics.loc[("f1", "churn-mlp"), "validation"] == 0.6


def test_pictures_of_all_pipelines_and_of_one_can_be_shown(evaluated):
    bench = caselab.load("churn", evaluated)
    assert bench.plot().size == (50, 20)
    assert bench.plot("roc").size == (40, 20)
    assert bench.plot("shap", "churn-mlp").size == (30, 20)
    assert bench.plot("roc")._repr_png_()[1:4] == b"PNG"  # how a notebook draws it
    with pytest.raises(UserError, match="no plot of churn 'rok'; the nearest: roc"):
        bench.plot("rok")
    with pytest.raises(UserError, match="nearest: churn-mlp"):
        bench.plot("shap", "churn-ml")


def test_answers_to_the_test_rows_are_a_table(evaluated):
    answers = caselab.load("churn", evaluated).answers("churn-logistic")
    assert answers.iloc[0].to_dict() == {"id": "a", "target": "Yes", "answer_Yes": 0.85}


def test_a_notebook_shows_tables(evaluated):
    bench = caselab.load("churn", evaluated)
    html = bench._repr_html_()
    assert html.index("churn-logistic") < html.index("churn-mlp")
    assert "<td>0.840</td>" in html
    assert "Which customers" in html
    assert "churn-svm" in bench.pipelines._repr_html_()


def test_a_fit_takes_its_settings_and_its_project_from_where_the_case_is(evaluated, monkeypatch):
    asked = []
    monkeypatch.setattr(in_memory, "fit", lambda *a, **k: asked.append((Path.cwd(), a[1:], k)))
    caselab.load("churn", evaluated).fit("logistic", C=10, features={"scale": "none"})
    ((root, named, given),) = asked
    assert (root, named) == (evaluated, ("churn", "logistic"))
    assert given == {"C": 10, "features": {"scale": "none"}, "view": None, "training": None}


def test_an_answer_is_explained_by_lime_and_shap_in_the_cases_project(evaluated, monkeypatch):
    asked, answer = [], {"Yes": 0.8, "decision": "Yes"}
    parts = pd.DataFrame({"part": ["tenure"], "value": ["1"], "lime": [0.2], "shap": [0.3]})

    def explain(params, case, records, row, output):
        asked.append((Path.cwd(), case, row, output))
        return Explanation("churn-mlp", 1, answer, "Yes", parts, base=0.5, r2=0.9)

    monkeypatch.setattr(explanation, "explain", explain)
    found = caselab.load("churn", evaluated).explain(pd.DataFrame({"tenure": [1]}), output="Yes")
    assert asked == [(evaluated, "churn", 1, "Yes")]
    assert found.loc["tenure", ["lime", "shap"]].tolist() == [0.2, 0.3]
    assert found.attrs == {"output": "Yes", "answer": 0.8, "base": 0.5, "r2": 0.9}


def test_what_is_not_there_yet_says_how_to_make_it(project):
    bench = caselab.load("churn", project)
    for ask in (lambda: bench.data, lambda: bench.scores, lambda: bench.pipelines["churn-mlp"],
                lambda: bench.answers("churn-mlp"), bench.plot):  # fmt: skip
        with pytest.raises(UserError, match="run `caselab run churn"):
            ask()
    assert bench.champion is None


def test_it_is_found_from_a_subfolder(project, monkeypatch):
    (project / "notebooks").mkdir()
    monkeypatch.chdir(project / "notebooks")
    bench = caselab.load("churn")
    assert bench.root == project
    assert repr(bench).endswith("11 pipelines")


def test_an_unknown_case_names_the_nearest(project):
    with pytest.raises(UserError, match="'chrun'; the nearest: churn"):
        caselab.load("chrun", project)


def test_outside_of_a_project_it_says_so(tmp_path):
    with pytest.raises(UserError, match="lies in no caselab project"):
        caselab.load("churn", tmp_path)
