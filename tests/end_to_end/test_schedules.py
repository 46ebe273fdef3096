"""A schedule that really fires, in a clone of the project."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.isolation import isolated

REPOSITORY = Path(__file__).parents[2]
LIMIT = 240  # seconds; some 60 on a quiet machine


@pytest.fixture
def clone(tmp_path):
    """Copy what Git has of the project, with two quick pipelines and a schedule every few seconds."""
    root = tmp_path / "clone"
    for name in git("ls-files", folder=REPOSITORY).splitlines():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)
    params = yaml.safe_load((root / "params.yaml").read_text())
    quick = ("churn-baseline", "churn-logistic")
    params["pipelines"] = {name: params["pipelines"][name] for name in quick}
    params["blends"] = {}
    often = {"interval": 15, "cases": ["churn"], "refresh": True, "score": {"churn": "asked.csv"}}
    params["schedules"] = {"often": often}
    customers = pd.read_parquet(root / "src/caselab/sources/telco.parquet").head(20)
    customers.drop(columns="churn").to_csv(root / "asked.csv", index=False)
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    git("init", "-q", folder=root)
    git("add", ".", folder=root)
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "first", folder=root)
    return root


def test_an_interval_schedule_fires_in_a_checkout_of_its_own(clone, tmp_path):
    edited = clone / "src/caselab/cases/churn.py"
    edited.write_text(edited.read_text() + "\nraise RuntimeError('somebody is editing this')\n")
    path = [str(clone / "src"), str(clone), *filter(None, [os.environ.get("PYTHONPATH")])]
    log = tmp_path / "service.log"
    with log.open("w") as output:
        service = subprocess.Popen(
            [sys.executable, "-m", "flows.schedules"],
            cwd=clone,
            env=isolated(dict(os.environ), tmp_path)
            | {
                "PYTHONPATH": os.pathsep.join(path),
                "PREFECT_RUNNER_POLL_FREQUENCY": "2",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + LIMIT
        while not any((clone / "scores/churn").rglob("*.parquet")):  # the last that it does
            assert service.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
    finally:
        os.killpg(service.pid, signal.SIGINT)
        service.wait(60)
    answered = pd.concat(map(pd.read_parquet, (clone / "scores/churn").rglob("*.parquet")))
    assert len(answered) == answered["answer.customer_id"].nunique() == 20  # however often it fired
    recorded = yaml.safe_load(git("show", "caselab/often:dvc.lock", folder=clone))["stages"]
    assert "compare@churn" in recorded
    assert (clone / ".caselab/checkouts/often/leaderboards/churn/leaderboard.json").exists()
    for untouched in ("dvc.lock", "data/raw", "models", "leaderboards"):
        assert not (clone / untouched).exists()
    for out in recorded["compare@churn"]["outs"]:  # in the project's own cache
        digest = out["md5"]
        assert (clone / ".dvc/cache/files/md5" / digest[:2] / digest[2:]).exists()
    assert git("status", "--porcelain", folder=clone) == " M src/caselab/cases/churn.py"


def git(*arguments, folder):
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.rstrip()
