"""Fixtures: a project of its own for every test, with params, files as stages leave them, a store."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from caselab import params as parameters
from caselab.params import Params
from caselab.project import dvc_lock
from caselab.tracking import store

PARAMS = """
seed: 7
threads: 1
sources: {telco: {origin: src/caselab/sources/telco.py}}
cases:
  churn: {source: telco, split: {test: 0.2}, validation: {kind: stratified, folds: 3},
          evaluation: {costs: {false_positive: 1, false_negative: 4}}}
views: {churn-table: {case: churn, view: table, ratios: true}}
pipelines:
  churn-logistic: {case: churn, view: churn-table, architecture: logistic}
  churn-mlp: {case: churn, view: churn-table, architecture: mlp,
              model: {dropout: 0.1}, training: {learning_rate: 0.01}}
"""

INPUTS = {
    "data/features/churn-table": "0123456789abcdef0123456789abcdef.dir",
    "src/caselab/architectures/mlp.py": "fedcba9876543210fedcba9876543210",
}


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A created database, made once because that takes seconds."""
    folder = tmp_path_factory.getbasetemp() / "empty-store"
    if not folder.exists():  # each folder of tests has this fixture anew
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("MLFLOW_TRACKING_URI", raising=False)
            patch.chdir(folder)
            store.create()
    return folder / "mlflow.db"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_store: Path) -> Path:
    """The current folder is a project with an empty store."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("CASELAB_TRACKING", raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path


@pytest.fixture
def params(project: Path) -> Params:
    return parameters.load(project)


@pytest.fixture
def trained(project: Path) -> None:
    """What train and evaluate leave of churn-mlp."""
    features = project / "data/features/churn-table"
    for part, rows in (("train", 8), ("test", 4)):
        (features / part).mkdir(parents=True)
        X = pd.DataFrame({"tenure": np.arange(rows), "contract": "One year"})
        X.to_parquet(features / part / "X.parquet")
    model = project / "models/churn/churn-mlp"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_bytes(b"x" * 1000)
    pd.DataFrame(
        [
            {"fold": fold, "epoch": epoch, "training_loss": 1 / epoch, "validation_loss": 2 / epoch}
            for fold in (0, 1, "all")
            for epoch in range(1, 6)
        ]
    ).to_csv(model / "history.csv", index=False)
    pd.DataFrame(
        [
            {"fold": fold, "rows": rows, "train": 0.9, "validation": 0.7 + fold / 10}
            for fold in (0, 1)
            for rows in (10, 30)
        ]
    ).to_csv(model / "learning_curve.csv", index=False)
    report = project / "reports/churn/churn-mlp"
    (report / "plots").mkdir(parents=True)
    (report / "plots/roc.png").write_bytes(b"png")
    (report / "metrics.json").write_text(
        json.dumps(
            {
                "test": {"roc_auc": 0.845, "brier": None},
                "interval": {"roc_auc": [0.83, 0.86], "brier": [None, None]},
                "validation": {"roc_auc": 0.84},
                "folds": {"roc_auc": [0.83, 0.85]},
                "decision": {"threshold": 0.2},
            }
        )
    )


@pytest.fixture
def locked(trained: None, project: Path) -> None:
    """The leaderboard chose churn-mlp, and dvc.lock has its stages as they lie here."""
    board = project / "leaderboards/churn/leaderboard.json"
    board.parent.mkdir(parents=True)
    board.write_text(json.dumps({"candidate": "churn-mlp"}))
    (project / "src").mkdir()
    (project / "src/a.py").write_text("a = 1\n")
    model = {
        "path": "models/churn/churn-mlp",
        "md5": dvc_lock.content_hash(Path("models/churn/churn-mlp")),
    }
    listed = project / "data/imports/stages/train.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text(f"src/a.py {dvc_lock.content_hash(Path('src/a.py'))}\n")
    code = {
        "path": "data/imports/stages/train.txt",
        "md5": dvc_lock.content_hash(listed),
    }
    rows = {"path": "reports/churn/churn-mlp/rows", "md5": "1" * 32}
    values = {"params.yaml": {"seed": 7}}
    stages = {
        "train@churn-mlp": {"cmd": "t", "deps": [code], "params": values, "outs": [model]},
        "evaluate@churn-mlp": {"cmd": "e", "deps": [code, model], "outs": [rows]},
    }
    (project / "dvc.lock").write_text(json.dumps({"stages": stages}))
