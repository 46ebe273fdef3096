"""Fresh clones of this project, with small settings, driven by their commands alone."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tests.isolation import isolated

ROOT = Path(__file__).parents[2]
ROWS = 1500

CHURN = {"case": "churn", "view": "churn-table"}
SMALL: dict[str, Any] = {
    "sources": {"telco": {"origin": "customers.csv"}},
    "pipelines": {
        "churn-baseline": {**CHURN, "architecture": "baseline"},
        "churn-logistic": {**CHURN, "architecture": "logistic"},
        "churn-xgboost": {
            **CHURN,
            "architecture": "xgboost",
            "model": {"n_estimators": 30, "learning_rate": 0.1},
        },
        "churn-mlp": {
            **CHURN,
            "architecture": "mlp",
            "model": {"hidden": [8]},
            "training": {"max_epochs": 4},
        },
    },
    "blends": {},
}


@dataclass(frozen=True)
class Clone:
    """A clone of the project in a folder of its own."""

    root: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(
        self, *command: str, code: int | None = 0, seconds: float = 240, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the clone; `code` is the exit code it must have."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(**settings),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done

    def environment(self, **settings: str) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        inherited = isolated(dict(os.environ), Path(os.environ["PREFECT_HOME"]).parent)
        source = {"PATH": path, "PYTHONPATH": str(self.root / "src")}
        return inherited | source | self.settings | settings

    @property
    def params(self) -> dict[str, Any]:
        return yaml.safe_load((self.root / "params.yaml").read_text())

    def write_params(self, content: dict[str, Any]) -> None:
        (self.root / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    @property
    def locked(self) -> dict[str, Any]:
        """What dvc.lock says, by stage; the order in which stages ended is no part of it."""
        return yaml.load((self.root / "dvc.lock").read_text(), yaml.CSafeLoader)["stages"]

    def commit(self) -> None:
        for command in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "test"]):
            subprocess.run(["git", *IDENTITY, *command], cwd=self.root, check=True)


IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.com")


def clone(root: Path, **changes: Any) -> Clone:
    """Copy what git knows, or would, of this project, with small params and a sample of Telco."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("docs/", "benchmarks/results")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "dvc.lock").unlink(missing_ok=True)
    rows = pd.read_parquet(ROOT / "src/caselab/sources/telco.parquet").head(ROWS)
    rows.to_csv(root / "customers.csv", index=False)
    made = Clone(root)
    made.write_params(_of_these_sources(made.params | SMALL | changes))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    made.commit()
    return made


def _of_these_sources(params: dict[str, Any]) -> dict[str, Any]:
    """Leave out the cases whose source is left out, with their views and pipelines."""
    cases = {k: v for k, v in params["cases"].items() if v["source"] in params["sources"]}
    views = {k: v for k, v in params["views"].items() if v["case"] in cases}
    pipelines = {k: v for k, v in params["pipelines"].items() if v["view"] in views}
    blends = {k: v for k, v in params["blends"].items() if v["view"] in views}
    return params | {"cases": cases, "views": views, "pipelines": pipelines, "blends": blends}


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone in which `caselab run` has run everything; leave it as it is."""
    made = clone(tmp_path_factory.mktemp("walked"), blends={"churn-blend": CHURN})
    made.run("caselab", "run")
    return made
