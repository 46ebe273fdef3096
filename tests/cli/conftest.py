import json
import shutil
from pathlib import Path

import pytest
import yaml

import caselab

REPOSITORY = Path(caselab.__file__).parents[2]


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def of_churn(text: str) -> str:
    """Return params.yaml with one case, so that the others may change."""
    params = yaml.safe_load(text)
    kept = {
        "sources": {"telco": params["sources"]["telco"]},
        "cases": {"churn": params["cases"]["churn"]},
        "views": {k: v for k, v in params["views"].items() if v["case"] == "churn"},
        "pipelines": {k: v for k, v in params["pipelines"].items() if v["case"] == "churn"},
        "blends": {},
    }
    return yaml.safe_dump(params | kept, sort_keys=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose files say that nothing has run yet; the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(REPOSITORY / "dvc.yaml", folder / "dvc.yaml")
    (folder / "params.yaml").write_text(of_churn((REPOSITORY / "params.yaml").read_text()))
    monkeypatch.chdir(folder)
    # Tests of flows that ran before in this process have left their server's address.
    for variable in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture
def finished(project: Path) -> Path:
    """A project in which two pipelines ran and one became champion."""
    rows = [
        {
            "pipeline": f"churn-{architecture}",
            "architecture": architecture,
            "validation": {"value": value, "low": value - 0.01, "high": value + 0.01},
            "test": {"value": value - 0.005, "low": value - 0.02, "high": value + 0.02},
            "metrics": {"roc_auc": value - 0.005, "accuracy": 0.8},
            "size": 5300,
        }
        for architecture, value in (("logistic", 0.846), ("mlp", 0.843))
    ]
    board = {
        "case": "churn",
        "metric": "roc_auc",
        "greater_is_better": True,
        "candidate": "churn-logistic",
        "chosen_by": "validation",
        "rows": rows,
        "overlays": ["roc", "cost"],
        "published": [
            {"figure": "roc_auc", "value": [0.842, 0.85], "source": "projects", "note": "[bold]"}
        ],
    }
    write_json(project / "leaderboards/churn/leaderboard.json", board)
    run = {
        "key": "k",
        "store": None,
        "run_id": "r1",
        "page": "experiments/1/runs/r1",
        "seconds": 12.5,
        "per_thousand": 0.004,
    }
    write_json(project / ".caselab/runs/churn-logistic.json", run)
    return project
